"""The two largest JSON objects of GitHub's API: accounts and repositories, which stand in nearly every answer.

https://docs.github.com/en/rest/repos/repos#get-a-repository, https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import base64
from typing import Any

from aslo_core.testing.github.rows import Account, Repository

_ACCOUNT_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}

_REPOSITORY_LINKS = {
    "url": "",
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}


def account_shape(row: Account, api: str, web: str) -> dict[str, Any]:
    """A "simple user" object."""
    path = f"{api}/users/{row.login}"
    return {
        "login": row.login,
        "id": row.id,
        "node_id": base64.b64encode(f"04:User{row.id}".encode()).decode(),
        "avatar_url": f"{web}/avatars/u/{row.id}?v=4",
        "gravatar_id": "",
        "url": path,
        "html_url": f"{web}/apps/{row.login.removesuffix('[bot]')}" if row.kind == "Bot" else f"{web}/{row.login}",
        **{key: path + end for key, end in _ACCOUNT_LINKS.items()},
        "type": row.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def repository_shape(row: Repository, owner: dict[str, Any], branch: str, api: str, web: str) -> dict[str, Any]:
    """A full repository object."""
    path, page = f"{api}/repos/{row.full_name}", f"{web}/{row.full_name}"
    host = web.partition("://")[2]
    return {
        "id": row.id,
        "node_id": base64.b64encode(f"010:Repository{row.id}".encode()).decode(),
        "name": row.name,
        "full_name": row.full_name,
        "private": row.private,
        "owner": owner,
        "html_url": page,
        "description": row.description or None,
        "fork": False,
        **{key: path + end for key, end in _REPOSITORY_LINKS.items()},
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "pushed_at": row.created_at,
        "git_url": f"git://{host}/{row.full_name}.git",
        "ssh_url": f"git@{host}:{row.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": "Python",
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": 0,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if row.private else "public",
        "forks": 0,
        "open_issues": 0,
        "watchers": 0,
        "default_branch": branch,
        "custom_properties": {},
    }
