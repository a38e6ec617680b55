"""Who we are on GitHub, and a client for one repository: with a token, or as an App's installation."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from github import Auth, Github, GithubIntegration

from aslo_core.api import Permanent, Repository
from aslo_notify_github.options import GitHubNotifierOptions

ValueT = TypeVar("ValueT")

_RENEW_BEFORE_SECONDS = 120


class Account(Protocol):
    """An account that comments."""

    def user_id(self, client: Github, /) -> int:
        """Its id, which stays when it is renamed; asked of GitHub once."""
        ...

    def client(self, repository: Repository, /) -> Github:
        """A client of its own for one notice; PyGithub's are not made for several threads. The caller closes it."""
        ...


def connection(options: GitHubNotifierOptions) -> dict[str, Any]:
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


class TokenAccount:
    """The owner of a personal access token."""

    def __init__(self, token: str, connection: dict[str, Any]) -> None:
        self._auth = Auth.Token(token)
        self._connection = connection
        self._user_id: int | None = None

    def user_id(self, client: Github, /) -> int:
        """Id of the token's owner."""
        if self._user_id is None:
            self._user_id = _answered(client.get_user().id)
        return self._user_id

    def client(self, _repository: Repository, /) -> Github:
        """A client with the token."""
        return Github(auth=self._auth, **self._connection)


@dataclass(frozen=True)
class _InstallationToken:
    token: str
    good_until: float


class AppAccount:
    """The bot of a GitHub App. Its tokens are good for an hour and for one installation, which is looked up by owner.

    Raises:
        ValueError: the private key is not one.
    """

    def __init__(self, app_id: int, private_key: str, connection: dict[str, Any]) -> None:
        self._auth = Auth.AppAuth(app_id, private_key)
        try:
            self._auth.create_jwt()
        except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
            raise ValueError("private_key is not an RSA private key in PEM form, as GitHub gives to an App") from None
        self._connection = connection
        self._lock = threading.Lock()
        self._tokens: dict[str, _InstallationToken] = {}
        self._user_id: int | None = None

    def user_id(self, client: Github, /) -> int:
        """Id of the bot, whose login is `<slug>[bot]`: a name that no person can have."""
        if self._user_id is None:
            with GithubIntegration(auth=self._auth, **self._connection) as integration:
                slug = _answered(integration.get_app().slug)
            self._user_id = _answered(client.get_user(f"{slug}[bot]").id)
        return self._user_id

    def client(self, repository: Repository, /) -> Github:
        """A client with a token of the installation on that repository's owner."""
        with self._lock:
            held = self._tokens.get(repository.owner)
            if held is None or held.good_until < time.time():
                held = self._tokens[repository.owner] = self._new_token(repository)
        return Github(auth=Auth.Token(held.token), **self._connection)

    def _new_token(self, repository: Repository) -> _InstallationToken:
        with GithubIntegration(auth=self._auth, **self._connection) as integration:
            installation = integration.get_repo_installation(repository.owner, repository.name)
            issued = integration.get_access_token(installation.id)
        return _InstallationToken(issued.token, issued.expires_at.timestamp() - _RENEW_BEFORE_SECONDS)


def _answered(value: ValueT | None) -> ValueT:
    """PyGithub takes any page for an answer, one without any of the fields."""
    if value is None:
        found = "What answers at api_url does so without the fields of GitHub's REST API."
        raise Permanent(
            "github.unexpected-answer", found, "Set api_url to the API's address; on a GitHub of your own it ends in /api/v3."
        )
    return value


def account(options: GitHubNotifierOptions) -> Account:
    """The account that the options name."""
    if options.token is not None:
        return TokenAccount(options.token.get_secret_value().strip(), connection(options))
    if options.app_id is None or options.private_key is None:
        raise ValueError("neither a token nor an App is given")
    return AppAccount(options.app_id, options.private_key.get_secret_value(), connection(options))
