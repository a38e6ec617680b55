"""What the endpoints share: whose repository is asked for, what was sent, and how lists are paged.

https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, g, jsonify, request
from werkzeug.exceptions import BadRequest

from aslo_core.testing.code_host.git import GitRepository
from aslo_core.testing.github.access import Access, Grant
from aslo_core.testing.github.problems import Problem, not_found
from aslo_core.testing.github.rows import Repository
from aslo_core.testing.github.shapes import Json, Shapes
from aslo_core.testing.github.store import Store

ItemT = TypeVar("ItemT")

_PER_PAGE = 30
_MOST_PER_PAGE = 100
_REDIRECTS = {"GET": 301, "HEAD": 301}


@dataclass(frozen=True)
class Site:
    """What the endpoints work on.

    Attributes:
        url: address of the server, without a slash at the end.
    """

    store: Store
    access: Access
    url: str

    def shapes(self) -> Shapes:
        """Shows rows with addresses below the one that this request came to."""
        return Shapes(self.store, self.url + request.root_path, self.url)

    def repository(self, owner: str | None, name: str | None, repository_id: int | None) -> Repository:
        """The repository that a path names, if the caller may see it.

        Raises:
            Problem: 404, or 301 or 307 to where a renamed one is now.
        """
        if repository_id is not None:
            repository, moved = self.store.get(Repository, repository_id), False
        else:
            repository, moved = self.store.repository(owner or "", name or "")
        grant = caller()
        if repository is None:
            raise not_found()
        if repository.private and not (grant and grant.allows("metadata", "read", repository.owner)):
            raise not_found("/repos/repos#get-a-repository")
        if moved:
            rest = request.path.split("/", 4)[4:]
            place = "/".join([f"{self.url}{request.root_path}/repositories/{repository.id}", *rest])
            status = _REDIRECTS.get(request.method, 307)
            raise Problem(status, "Moved Permanently", headers={"Location": place})
        return repository

    def page(self, items: Sequence[ItemT], show: Callable[[ItemT], Any]) -> Response:
        """Answer one page of a list, with a `Link` header to the others."""
        per_page = min(max(_number("per_page", _PER_PAGE), 1), _MOST_PER_PAGE)
        number = max(_number("page", 1), 1)
        last = max(-(-len(items) // per_page), 1)
        response = jsonify([show(item) for item in items[(number - 1) * per_page : number * per_page]])
        targets = {"prev": number - 1, "first": 1} if number > 1 else {}
        if number < last:
            targets |= {"next": number + 1, "last": last}
        address = self.url + request.root_path + request.path
        queries = {rel: urlencode(request.args.to_dict() | {"page": str(target)}) for rel, target in targets.items()}
        if queries:
            response.headers["Link"] = ", ".join(f'<{address}?{query}>; rel="{rel}"' for rel, query in queries.items())
        return response


def caller() -> Grant | None:
    """Whoever asks, or None."""
    grant: Grant | None = g.get("grant")
    return grant


def repository() -> Repository:
    """The repository that this request is about."""
    row: Repository = g.repository
    return row


def git() -> GitRepository:
    """Its commits."""
    return GitRepository(repository().path_on_disk)


def require(permission: str, level: str) -> str:
    """Insist on a permission in this repository and return the caller's login.

    Raises:
        Problem: 401 without a token, 403 with one that may not.
    """
    grant = caller()
    if grant is None:
        raise Problem(401, "Requires authentication")
    if not grant.allows(permission, level, repository().owner):
        kind = "integration" if grant.by_app else "personal access token"
        raise Problem(
            403, f"Resource not accessible by {kind}", headers={"X-Accepted-GitHub-Permissions": f"{permission}={level}"}
        )
    return grant.login


def sent() -> Json:
    """The JSON object in the request.

    Raises:
        Problem: 400, it is none.
    """
    if not request.get_data():
        return {}
    try:
        body = request.get_json(force=True)
    except BadRequest as error:
        raise Problem(400, "Problems parsing JSON") from error
    if not isinstance(body, dict):
        raise Problem(400, "Body should be a JSON object")
    return body


def _number(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() else default
