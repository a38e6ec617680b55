"""What the pages and the API share: who asks, whose repository is asked for, and how lists are paged."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, abort, g, jsonify, redirect, request

from aslo_core.testing.forgejo.rows import Repository, Rows
from aslo_core.testing.forgejo.shapes import Shapes

ItemT = TypeVar("ItemT")

_MOST_ITEMS = 50
"""The forge's `[api] MAX_RESPONSE_ITEMS`."""
READ = "read:repository"


@dataclass(frozen=True)
class Site:
    """What the endpoints work on.

    Attributes:
        url: address of the server, without a slash at the end.
        tokens: token → its scopes.
    """

    url: str
    rows: Rows
    tokens: Mapping[str, frozenset[str]]

    def shapes(self) -> Shapes:
        """Shows rows with this server's addresses."""
        return Shapes(self.url, self.rows.emails)

    def identify(self) -> None:
        """Find out who asks; what they may stands in `g.scopes`, None for somebody who is not signed in."""
        token = _token(request.headers.get("Authorization", ""))
        g.scopes = None
        if token:
            if token not in self.tokens:
                abort(401, "invalid username, password or token")
            g.scopes = self.tokens[token]

    def require(self, scope: str) -> None:
        """Refuse a token that lacks a scope such as `read:user`; whoever is not signed in needs none."""
        if g.scopes is not None and not g.scopes & {scope, scope.replace("read:", "write:"), "all"}:
            abort(403, f"token does not have at least one of required scope(s), required=[{scope}]")

    def repository(self, owner: str, name: str) -> Repository:
        """The repository of that name, if the caller may see it; a renamed one redirects."""
        found, moved = self.rows.repository(owner, name.removesuffix(".git"))
        row = self.visible(found)
        if moved:
            abort(redirect(request.url.replace(f"/{owner}/{name}", f"/{row.full_name}", 1), 307))
        return row

    def visible(self, row: Repository | None) -> Repository:
        """A repository, if there is one and the caller may see it."""
        if row is None or (row.private and g.scopes is None):
            abort(404, "The target couldn't be found.")
        return row

    def page(self, items: Sequence[ItemT], show: Callable[[ItemT], Any]) -> Response:
        """Answer one page of a list, with headers that tell of the others."""
        limit = min(_number("limit", 30), _MOST_ITEMS)
        number = max(_number("page", 1), 1)
        response = jsonify([show(item) for item in items[(number - 1) * limit : number * limit]])
        response.headers["X-Total-Count"] = str(len(items))
        if number * limit < len(items):
            query = urlencode(request.args.to_dict() | {"page": str(number + 1)})
            response.headers["Link"] = f'<{self.url}{request.path}?{query}>; rel="next"'
        return response


def _token(authorization: str) -> str:
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() != "basic":
        return credential.strip()
    try:
        user, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        abort(401, "invalid username, password or token")
    return password or user


def _number(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() and int(value) else default
