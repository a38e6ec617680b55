"""The JSON objects of GitHub's REST API, with the fields that its public documentation gives them.

https://docs.github.com/en/rest/releases/releases, …/releases/assets, …/commits/comments, …/commits/statuses, …/git
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aslo_core.testing.code_host.git import Commit, GitRepository, Signature, Tag
from aslo_core.testing.github.repository_shape import account_shape, repository_shape
from aslo_core.testing.github.rows import Account, Asset, Comment, Release, Repository, Status
from aslo_core.testing.github.store import Store

Json = dict[str, Any]

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def node_id(kind: str, row_id: int | str) -> str:
    """An opaque id as GraphQL has it."""
    return base64.b64encode(f"{kind}:{row_id}".encode()).decode()


@dataclass(frozen=True)
class Shapes:
    """Shows rows as GitHub does.

    Args:
        store: where rows name each other.
        api: address of the REST API, without a slash at the end.
        web: address of the pages and of git, likewise.
    """

    store: Store
    api: str
    web: str

    def account(self, login: str) -> Json:
        """A "simple user"."""
        return account_shape(self.store.account(login), self.api, self.web)

    def user(self, account: Account) -> Json:
        """The authenticated user, as `GET /user` answers."""
        return self.account(account.login) | {
            "name": account.login,
            "company": None,
            "blog": "",
            "location": None,
            "email": None,
            "bio": None,
            "public_repos": len(self.store.select(Repository, owner=account.login)),
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
        }

    def repository(self, row: Repository) -> Json:
        """A repository, as in webhooks and `GET /repos/{owner}/{repo}`."""
        branch = GitRepository(row.path_on_disk).default_branch()
        return repository_shape(row, self.account(row.owner), branch, self.api, self.web)

    def _repository_of(self, row: Release | Comment | Status) -> tuple[Repository, str, str]:
        repository = self.store.get(Repository, row.repository)
        if repository is None:
            raise LookupError(f"row {row.id} names repository {row.repository}, which is not there")
        return repository, f"{self.api}/repos/{repository.full_name}", f"{self.web}/{repository.full_name}"

    def release(self, row: Release) -> Json:
        """A release with its assets."""
        repository, api, web = self._repository_of(row)
        shown_tag = f"untagged-{row.id}" if row.draft else quote(row.tag, safe="")
        return {
            "url": f"{api}/releases/{row.id}",
            "assets_url": f"{api}/releases/{row.id}/assets",
            "upload_url": f"{self.web}/api/uploads/repos/{repository.full_name}/releases/{row.id}/assets{{?name,label}}",
            "html_url": f"{web}/releases/tag/{shown_tag}",
            "id": row.id,
            "author": self.account(row.author),
            "node_id": node_id("Release", row.id),
            "tag_name": row.tag,
            "target_commitish": row.target or GitRepository(repository.path_on_disk).default_branch(),
            "name": row.name,
            "draft": row.draft,
            "immutable": False,
            "prerelease": row.prerelease,
            "created_at": row.created_at,
            "updated_at": row.published_at or row.created_at,
            "published_at": row.published_at or None,
            "assets": [self.asset(asset) for asset in self.store.select(Asset, release=row.id)],
            "tarball_url": None if row.draft else f"{api}/tarball/{quote(row.tag)}",
            "zipball_url": None if row.draft else f"{api}/zipball/{quote(row.tag)}",
            "body": row.body,
        }

    def asset(self, row: Asset) -> Json:
        """A file attached to a release."""
        release = self.store.get(Release, row.release)
        if release is None:
            raise LookupError(f"asset {row.id} names release {row.release}, which is not there")
        _, api, web = self._repository_of(release)
        return {
            "url": f"{api}/releases/assets/{row.id}",
            "id": row.id,
            "node_id": node_id("ReleaseAsset", row.id),
            "name": row.name,
            "label": "",
            "uploader": self.account(row.uploader),
            "content_type": row.content_type,
            "state": "uploaded",
            "size": row.size,
            "digest": row.digest,
            "download_count": 0,
            "created_at": row.created_at,
            "updated_at": row.created_at,
            "browser_download_url": f"{web}/releases/download/{quote(release.tag)}/{quote(row.name)}",
        }

    def comment(self, row: Comment) -> Json:
        """A comment on a commit."""
        repository, api, web = self._repository_of(row)
        return {
            "url": f"{api}/comments/{row.id}",
            "html_url": f"{web}/commit/{row.commit}#commitcomment-{row.id}",
            "id": row.id,
            "node_id": node_id("CommitComment", row.id),
            "user": self.account(row.author),
            "position": None,
            "line": None,
            "path": None,
            "commit_id": row.commit,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "author_association": "OWNER" if row.author == repository.owner else "NONE",
            "body": row.body,
            "reactions": {"url": f"{api}/comments/{row.id}/reactions", "total_count": 0} | dict.fromkeys(_REACTIONS, 0),
        }

    def status(self, row: Status) -> Json:
        """A commit status."""
        _, api, _ = self._repository_of(row)
        creator = self.account(row.creator)
        return {
            "url": f"{api}/statuses/{row.commit}",
            "avatar_url": creator["avatar_url"],
            "id": row.id,
            "node_id": node_id("StatusContext", row.id),
            "state": row.state,
            "description": row.description,
            "target_url": row.target_url,
            "context": row.context,
            "created_at": row.created_at,
            "updated_at": row.created_at,
            "creator": creator,
        }

    def combined_status(self, repository: Repository, sha: str, newest: list[Status]) -> Json:
        """The newest status of each context, and what they come to."""
        api = f"{self.api}/repos/{repository.full_name}"
        states = {row.state for row in newest}
        state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
        return {
            "state": state,
            "statuses": [{key: value for key, value in self.status(row).items() if key != "creator"} for row in newest],
            "sha": sha,
            "total_count": len(newest),
            "repository": self.repository(repository),
            "commit_url": f"{api}/commits/{sha}",
            "url": f"{api}/commits/{sha}/status",
        }

    def ref(self, repository: Repository, ref: str, sha: str, kind: str) -> Json:
        """A git reference; an annotated tag's object is not the commit yet."""
        api = f"{self.api}/repos/{repository.full_name}/git"
        return {
            "ref": ref,
            "node_id": node_id("Ref", f"{repository.id}:{ref}"),
            "url": f"{api}/{quote(ref)}",
            "object": {"sha": sha, "type": kind, "url": f"{api}/{kind}s/{sha}"},
        }

    def tag(self, repository: Repository, tag: Tag) -> Json:
        """An annotated tag's object."""
        api = f"{self.api}/repos/{repository.full_name}/git"
        return {
            "node_id": node_id("Tag", tag.sha),
            "sha": tag.sha,
            "url": f"{api}/tags/{tag.sha}",
            "tagger": _signature(tag.tagger),
            "object": {"sha": tag.target, "type": tag.target_type, "url": f"{api}/{tag.target_type}s/{tag.target}"},
            "tag": tag.name,
            "message": tag.message,
            "verification": _unsigned(),
        }

    def commit(self, repository: Repository, commit: Commit) -> Json:
        """A commit, without its files."""
        api, web = f"{self.api}/repos/{repository.full_name}", f"{self.web}/{repository.full_name}"
        author, committer = (self.store.account_of(person.email) for person in (commit.author, commit.committer))
        return {
            "sha": commit.sha,
            "node_id": node_id("Commit", commit.sha),
            "commit": {
                "author": _signature(commit.author),
                "committer": _signature(commit.committer),
                "message": commit.message,
                "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
                "url": f"{api}/git/commits/{commit.sha}",
                "comment_count": len(self.store.select(Comment, repository=repository.id, commit=commit.sha)),
                "verification": _unsigned(),
            },
            "url": f"{api}/commits/{commit.sha}",
            "html_url": f"{web}/commit/{commit.sha}",
            "comments_url": f"{api}/commits/{commit.sha}/comments",
            "author": self.account(author.login) if author else None,
            "committer": self.account(committer.login) if committer else None,
            "parents": [
                {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{web}/commit/{sha}"} for sha in commit.parents
            ],
        }


def _signature(person: Signature) -> Json:
    return {"name": person.name, "email": person.email, "date": person.date}


def _unsigned() -> Json:
    return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
