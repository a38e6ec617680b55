"""Who asks, and what they may: tokens, Apps and rate limits.

https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens,
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt

from aslo_core.testing.github.problems import Problem, bad_credentials

_HOUR = 3600
_LONGEST_JWT = 600
EVERYTHING: Mapping[str, str] = {"metadata": "read", "contents": "write", "statuses": "write"}


@dataclass(frozen=True)
class Grant:
    """What a token allows.

    Attributes:
        permissions: name of a permission → `read` or `write`.
        owner: the only account whose repositories it reaches, or empty for all.
        by_app: whether it is an installation's.
        scopes: of a classic token, which GitHub tells; None for the other kinds.
    """

    login: str
    permissions: Mapping[str, str] = field(default_factory=lambda: EVERYTHING)
    owner: str = ""
    by_app: bool = False
    expires: float = float("inf")
    scopes: Sequence[str] | None = None

    def allows(self, permission: str, level: str, owner: str) -> bool:
        """Whether it may `read` or `write` that in the owner's repositories."""
        reached = not self.owner or self.owner.lower() == owner.lower()
        return reached and self.permissions.get(permission) in ("write", level)


@dataclass(frozen=True)
class App:
    """A GitHub App: its id, its name in addresses, and the public half of its key as PEM."""

    id: int
    slug: str
    public_key: str
    permissions: Mapping[str, str]
    events: Sequence[str] = ("release",)

    @property
    def login(self) -> str:
        """The account that it writes as."""
        return f"{self.slug}[bot]"


@dataclass(frozen=True)
class Installation:
    """An App on the repositories of one account."""

    id: int
    app: App
    owner: str


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver something.

    Attributes:
        guid: what was delivered: the same again when it is delivered again.
        payload: the event, with its name and action beside it.
        status: what it was answered with; 0 where nobody answered.
        delivered_at: when, as GitHub writes it.
        again: whether it was delivered before.
    """

    id: int
    guid: str
    event: str
    payload: Mapping[str, Any]
    status: int
    delivered_at: str
    again: bool = False


@dataclass
class Hook:
    """A webhook.

    Attributes:
        at: login of its organisation, `owner/name` of its repository, or the App's id in digits.
        url: where it sends to.
        content_type: `json` or `form`.
        events: what it sends.
        active: whether it is switched on.
        attempts: what it tried to deliver, newest first.
    """

    id: int
    at: str
    url: str
    content_type: str = "json"
    events: Sequence[str] = ("release",)
    active: bool = True
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class Budget:
    """The requests that a caller has left in this hour."""

    limit: int
    used: int = 0
    reset: int = field(default_factory=lambda: int(time.time()) + _HOUR)


class Access:
    """Knows tokens, Apps and installations, and counts requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._budgets: dict[str, Budget] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.hooks: list[Hook] = []

    def grant(self, token: str, grant: Grant) -> None:
        """Make a token known."""
        with self._lock:
            self._grants[token] = grant

    def revoke(self, token: str) -> None:
        """Make a token unknown."""
        with self._lock:
            self._grants.pop(token, None)

    def revoke_all(self) -> None:
        """Make every token unknown that an App was given, as when it is taken away and installed anew."""
        with self._lock:
            self._grants = {token: grant for token, grant in self._grants.items() if not grant.by_app}

    def issue(self, installation: Installation) -> tuple[str, Grant]:
        """Make a token for an installation, good for an hour."""
        app = installation.app
        token = f"ghs_{secrets.token_hex(18)}"
        grant = Grant(app.login, app.permissions, installation.owner, by_app=True, expires=time.time() + _HOUR)
        self.grant(token, grant)
        return token, grant

    def identify(self, authorization: str) -> Grant | None:
        """Tell whose token an `Authorization` header carries; None for an empty one or an App's own JWT.

        Raises:
            Problem: 401, the token is unknown or no longer good.
        """
        scheme, _, credential = authorization.partition(" ")
        if not authorization or (scheme.lower() == "bearer" and credential.count(".") == 2):  # noqa: PLR2004
            return None
        if scheme.lower() == "basic":
            credential = _password(credential)
        elif scheme.lower() not in ("token", "bearer"):
            raise bad_credentials()
        grant = self._grants.get(credential.strip())
        if grant is None or grant.expires < time.time():
            raise bad_credentials()
        return grant

    def app(self, authorization: str) -> App:
        """Tell which App signed the JWT in an `Authorization` header.

        Raises:
            Problem: 401, it is none, expired, too long-lived or not signed by the App's key.
        """
        token = authorization.partition(" ")[2]
        try:
            issuer = int(jwt.decode(token, options={"verify_signature": False})["iss"])
            app = self.apps[issuer]
            claims = jwt.decode(token, app.public_key, algorithms=["RS256"], options={"require": ["exp", "iat", "iss"]})
        except (jwt.InvalidTokenError, KeyError, ValueError) as error:
            raise Problem(401, "A JSON web token could not be decoded") from error
        if claims["exp"] > time.time() + _LONGEST_JWT:
            raise Problem(401, "'Expiration time' claim ('exp') is too far in the future")
        return app

    def spend(self, caller: str, limit: int) -> Budget:
        """Count one request of a caller (a login, or empty for those who do not say).

        Raises:
            Problem: 403, the hour's requests are used up.
        """
        with self._lock:
            budget = self._budgets.get(caller)
            if budget is None or budget.reset <= time.time():
                budget = self._budgets[caller] = Budget(limit)
            if budget.used >= budget.limit:
                raise Problem(403, f"API rate limit exceeded for {caller or '127.0.0.1'}.", headers=rate_headers(budget))
            budget.used += 1
            return Budget(budget.limit, budget.used, budget.reset)

    def budget(self, caller: str, limit: int) -> Budget:
        """What a caller has left, without counting the question."""
        with self._lock:
            return self._budgets.get(caller) or Budget(limit)


def rate_headers(budget: Budget) -> dict[str, str]:
    """The headers that tell of a budget."""
    return {
        "X-RateLimit-Limit": str(budget.limit),
        "X-RateLimit-Remaining": str(budget.limit - budget.used),
        "X-RateLimit-Used": str(budget.used),
        "X-RateLimit-Reset": str(budget.reset),
        "X-RateLimit-Resource": "core",
    }


def _password(credential: str) -> str:
    try:
        user, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_credentials() from error
    return password if password not in ("", "x-oauth-basic") else user
