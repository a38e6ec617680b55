"""The JSON objects of a forge's API and webhooks, with the fields that its own description gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from aslo_core.testing.code_host.git import Commit, GitRepository
from aslo_core.testing.forgejo.rows import Attachment, Release, Repository

Json = dict[str, Any]


@dataclass(frozen=True)
class Shapes:
    """Shows rows as the forge does.

    Attributes:
        url: address of the forge, without a slash at the end.
        emails: address → account.
    """

    url: str
    emails: Mapping[str, str]

    def user(self, login: str) -> Json:
        """An account."""
        return {
            "id": sum(login.encode()),
            "login": login,
            "login_name": "",
            "source_id": 0,
            "full_name": "",
            "email": f"{login}@noreply.forge.example.org",
            "avatar_url": f"{self.url}/avatars/{login}",
            "html_url": f"{self.url}/{login}",
            "language": "",
            "is_admin": False,
            "last_login": "0001-01-01T00:00:00Z",
            "created": "2024-01-01T00:00:00Z",
            "restricted": False,
            "active": False,
            "prohibit_login": False,
            "location": "",
            "pronouns": "",
            "website": "",
            "description": "",
            "visibility": "public",
            "followers_count": 0,
            "following_count": 0,
            "starred_repos_count": 0,
            "username": login,
        }

    def repository(self, row: Repository) -> Json:
        """A repository."""
        page = f"{self.url}/{row.full_name}"
        return {
            "id": row.id,
            "owner": self.user(row.owner),
            "name": row.name,
            "full_name": row.full_name,
            "description": "",
            "empty": False,
            "private": row.private,
            "fork": False,
            "template": False,
            "mirror": False,
            "size": 0,
            "url": f"{self.url}/api/v1/repos/{row.full_name}",
            "html_url": page,
            "link": "",
            "ssh_url": f"ssh://git@forge.example.org/{row.full_name}.git",
            "clone_url": f"{page}.git",
            "original_url": "",
            "website": "",
            "default_branch": GitRepository(row.path).default_branch(),
            "archived": False,
            "created_at": "2024-01-01T00:00:00Z",
            "updated_at": "2024-01-01T00:00:00Z",
            "permissions": {"admin": False, "push": False, "pull": True},
            "has_releases": True,
            "object_format_name": "sha1",
        }

    def release(self, row: Release) -> Json:
        """A release with its attached files."""
        api, page = f"{self.url}/api/v1/repos/{row.repository.full_name}", f"{self.url}/{row.repository.full_name}"
        return {
            "id": row.id,
            "tag_name": row.tag,
            "target_commitish": GitRepository(row.repository.path).default_branch(),
            "name": row.name,
            "body": row.body,
            "url": f"{api}/releases/{row.id}",
            "html_url": f"{page}/releases/tag/{quote(row.tag)}",
            "tarball_url": f"{page}/archive/{quote(row.tag)}.tar.gz",
            "zipball_url": f"{page}/archive/{quote(row.tag)}.zip",
            "hide_archive_links": False,
            "upload_url": f"{api}/releases/{row.id}/assets",
            "draft": row.draft,
            "prerelease": row.prerelease,
            "created_at": written(row.created),
            "published_at": written(row.created),
            "author": self.user(row.author),
            "assets": [self.attachment(row, one) for one in row.attachments],
            "archive_download_count": {"zip": 0, "tar_gz": 0},
        }

    def attachment(self, release: Release, row: Attachment) -> Json:
        """An attached file."""
        here = f"{self.url}/{release.repository.full_name}/releases/download/{quote(release.tag)}/{quote(row.name)}"
        return {
            "id": row.id,
            "name": row.name,
            "size": len(row.content),
            "download_count": 0,
            "created_at": written(release.created),
            "uuid": row.uuid,
            "browser_download_url": row.external_url or here,
            "type": "external" if row.external_url else "attachment",
        }

    def commit(self, repository: Repository, commit: Commit) -> Json:
        """A commit; its author is an account where the forge knows one by that address."""
        login = self.emails.get(commit.author.email)
        return {
            "url": f"{self.url}/api/v1/repos/{repository.full_name}/git/commits/{commit.sha}",
            "sha": commit.sha,
            "created": commit.committer.date,
            "html_url": f"{self.url}/{repository.full_name}/commit/{commit.sha}",
            "commit": {
                "author": {"name": commit.author.name, "email": commit.author.email, "date": commit.author.date},
                "message": commit.message,
            },
            "author": self.user(login) if login else None,
            "parents": [{"sha": sha} for sha in commit.parents],
        }


def written(time: datetime) -> str:
    """A time as the forge writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
