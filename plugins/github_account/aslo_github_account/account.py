"""Who we are on GitHub: nobody, the owner of a token, or an App's installation on a repository's owner.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from github import Auth, Github, GithubIntegration

from aslo_core.api import Permanent, Secret
from aslo_github_account.options import AccountOptions

ValueT = TypeVar("ValueT")

_RENEW_BEFORE_SECONDS = 300


class Account(Protocol):
    """Somebody on GitHub. One object serves many threads; what PyGithub raises is for the caller to put into words."""

    def token(self, owner: str, name: str, /) -> Secret | None:
        """The token for a repository, or None for nobody. May ask GitHub.

        Raises:
            UnknownObjectException: the App is not installed there.
        """
        ...

    def forget(self, owner: str, /) -> bool:
        """Drop the token for an owner's repositories, which GitHub has refused; tell whether there may be a new one."""
        ...

    def user_id(self, client: Github, /) -> int:
        """Its own id, which stays when it is renamed; asked of GitHub once.

        Raises:
            Permanent: rule `github.unexpected-answer`: what answers is not GitHub.
        """
        ...


class TokenAccount:
    """The owner of an access token, or nobody.

    Args:
        secret: the token for every repository, or None.
    """

    def __init__(self, secret: Secret | None) -> None:
        self._secret = secret
        self._user_id: int | None = None

    def token(self, _owner: str, _name: str, /) -> Secret | None:
        """The token."""
        return self._secret

    def forget(self, _owner: str, /) -> bool:
        """There is no other one."""
        return False

    def user_id(self, client: Github, /) -> int:
        """Id of the token's owner."""
        if self._user_id is None:
            self._user_id = _answered(client.get_user().id)
        return self._user_id


@dataclass(frozen=True)
class _Held:
    token: Secret
    good_until: float


class AppAccount:
    """The bot of a GitHub App. Its tokens are good for an hour and for one installation, that is, one owner.

    Args:
        app_id: the App's id.
        private_key: the App's key in PEM form.
        connection: arguments of PyGithub's classes.

    Raises:
        ValueError: the key is not one.
    """

    def __init__(self, app_id: int, private_key: Secret, connection: dict[str, Any]) -> None:
        self._auth = Auth.AppAuth(app_id, private_key.get_secret_value())
        try:
            self._auth.create_jwt()
        except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
            raise ValueError("private_key is not an RSA private key in PEM form, as GitHub gives to an App") from None
        self._connection = connection
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._user_id: int | None = None

    def token(self, owner: str, name: str, /) -> Secret | None:
        """The token of the installation on that owner, a new one where the last is about to end."""
        with self._lock:
            return self._current(owner) or self._renewed(owner, self._installation_id(owner, name))

    def token_of(self, owner: str, installation_id: int) -> Secret:
        """The token of that installation, which is on that owner; otherwise as `token`."""
        with self._lock:
            return self._current(owner) or self._renewed(owner, installation_id)

    def forget(self, owner: str, /) -> bool:
        """An App that is installed anew has new tokens, long before the old ones would have ended."""
        with self._lock:
            return self._held.pop(owner.lower(), None) is not None

    def user_id(self, client: Github, /) -> int:
        """Id of the bot, whose login is `<slug>[bot]`: a name that no person can have."""
        if self._user_id is None:
            with self.integration() as integration:
                slug = _answered(integration.get_app().slug)
            self._user_id = _answered(client.get_user(f"{slug}[bot]").id)
        return self._user_id

    def integration(self) -> GithubIntegration:
        """A client that is the App itself, of no installation. The caller closes it."""
        return GithubIntegration(auth=self._auth, **self._connection)

    def _current(self, owner: str) -> Secret | None:
        held = self._held.get(owner.lower())
        return held.token if held is not None and held.good_until >= time.time() else None

    def _installation_id(self, owner: str, name: str) -> int:
        with self.integration() as integration:
            return integration.get_repo_installation(owner, name).id

    def _renewed(self, owner: str, installation_id: int) -> Secret:
        with self.integration() as integration:
            issued = integration.get_access_token(installation_id)
        token = Secret(issued.token)
        self._held[owner.lower()] = _Held(token, issued.expires_at.timestamp() - _RENEW_BEFORE_SECONDS)
        return token


def account_of(options: AccountOptions) -> Account:
    """The account that the options name.

    Raises:
        ValueError: the App's key is not one.
    """
    if options.app_id is not None and options.private_key is not None:
        return AppAccount(options.app_id, options.private_key, _connection(options))
    return TokenAccount(Secret(options.token.get_secret_value().strip()) if options.token is not None else None)


def client(options: AccountOptions, token: Secret | None) -> Github:
    """A client for one task; PyGithub's are not made for several threads. The caller closes it."""
    auth = Auth.Token(token.get_secret_value()) if token is not None else None
    return Github(auth=auth, **_connection(options))


def _connection(options: AccountOptions) -> dict[str, Any]:
    """Arguments of PyGithub's classes: lazy, and without its own retries and pauses, since the core decides on those."""
    return {
        "base_url": options.api_url,
        "timeout": options.timeout_seconds,
        "user_agent": "aslo",
        "per_page": 100,
        "retry": None,
        "seconds_between_requests": None,
        "seconds_between_writes": None,
        "lazy": True,
    }


def _answered(value: ValueT | None) -> ValueT:
    """PyGithub takes any page for an answer, one without any of the fields."""
    if value is None:
        found = "What answers at api_url does so without the fields of GitHub's REST API."
        raise Permanent(
            "github.unexpected-answer", found, "Set api_url to the API's address; on a GitHub of your own it ends in /api/v3."
        )
    return value
