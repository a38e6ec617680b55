"""Who we are on GitHub: nobody, the owner of a token, or an App's installation on a repository's owner.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from github import Auth, GithubIntegration

from aslo_core.api import Permanent, Secret
from aslo_source_github.failures import classified
from aslo_source_github.options import GitHubSourceOptions

_RENEW_BEFORE_SECONDS = 300


class Account(Protocol):
    """Gives the token to read a repository with."""

    def token(self, owner: str, name: str, /) -> Secret | None:
        """The token for a repository, or None for what everybody may read. May ask GitHub.

        Raises:
            Permanent: the App is not installed there.
            Transient: GitHub cannot be reached, or refuses the App.
        """
        ...


@dataclass(frozen=True)
class FixedAccount:
    """One token for every repository, or none."""

    secret: Secret | None

    def token(self, _owner: str, _name: str, /) -> Secret | None:
        """The token."""
        return self.secret


@dataclass(frozen=True)
class _Held:
    token: Secret
    good_until: float


class AppAccount:
    """A GitHub App. Its tokens are good for an hour and for one installation, that is, one owner.

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

    def token(self, owner: str, name: str, /) -> Secret | None:
        """The token of the installation on that owner, a new one where the last is about to end."""
        with self._lock:
            held = self._held.get(owner.lower())
            if held is None or held.good_until < time.time():
                held = self._held[owner.lower()] = self._new(owner, name)
            return held.token

    def _new(self, owner: str, name: str) -> _Held:
        not_installed = Permanent(
            "source.app-not-installed",
            f"ASLO's GitHub App is not installed on {owner}/{name}.",
            "Install it on the repository, then publish the release again.",
        )
        with (
            GithubIntegration(auth=self._auth, **self._connection) as integration,
            classified(f"get a token for {owner}/{name}", not_installed),
        ):
            issued = integration.get_access_token(integration.get_repo_installation(owner, name).id)
            return _Held(Secret(issued.token), issued.expires_at.timestamp() - _RENEW_BEFORE_SECONDS)


def connection(options: GitHubSourceOptions) -> dict[str, Any]:
    """Arguments of PyGithub's classes: lazy, and without its own retries and pauses, since the core decides on those."""
    return {
        "base_url": options.api_url,
        "timeout": options.timeout_seconds,
        "user_agent": "aslo",
        "per_page": 30,
        "retry": None,
        "seconds_between_requests": None,
        "seconds_between_writes": None,
        "lazy": True,
    }


def account(options: GitHubSourceOptions) -> Account:
    """The account that the options name.

    Raises:
        ValueError: the App's key is not one.
    """
    if options.app_id is not None and options.private_key is not None:
        return AppAccount(options.app_id, options.private_key, connection(options))
    return FixedAccount(Secret(options.token.get_secret_value().strip()) if options.token is not None else None)
