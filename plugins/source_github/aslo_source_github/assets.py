"""Opens attached files, without showing the token to anybody but the API.

https://docs.github.com/en/rest/releases/assets#get-a-release-asset
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
from github import GithubException
from github.Requester import Requester

from aslo_core.api import Permanent, Secret, Transient
from aslo_source_github.failures import classified

_CHUNK_BYTES = 1 << 16
_MAX_REDIRECTS = 3
_MAX_REFUSAL_BYTES = 1 << 16


@dataclass(frozen=True)
class Downloads:
    """Downloads from one API.

    Attributes:
        api_url: address of the REST API.
        token: sent to the API, or None.
        timeout_seconds: for each answer to begin and each piece to arrive.
        total_seconds: for one download.
    """

    api_url: str
    token: Secret | None
    timeout_seconds: float
    total_seconds: float

    @contextmanager
    def open(self, at: str, attempt: str, missing: Permanent, /) -> Iterator[Iterator[bytes]]:
        """Open what is at a path below the API's address.

        Raises:
            Permanent: `missing`.
            Transient: GitHub cannot be reached, or is too slow.
        """
        with classified(attempt, missing), requests.Session() as session:
            # Neither a proxy's address nor a password in ~/.netrc is to be taken from the surroundings.
            session.trust_env = False
            deadline = time.monotonic() + self.total_seconds
            with self._open(session, self.api_url + at, attempt) as response:
                if response.status_code != requests.codes.ok:
                    raise _refusal(response)
                yield self._pieces(response, attempt, deadline)

    def headers(self, url: str) -> dict[str, str]:
        """What is sent with a request; the token to the API's own scheme, host and port alone."""
        headers = {"Accept": "application/octet-stream", "User-Agent": "aslo", "Accept-Encoding": "identity"}
        if self.token is not None and _origin(url) == _origin(self.api_url):
            headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        return headers

    def _pieces(self, response: requests.Response, attempt: str, deadline: float) -> Iterator[bytes]:
        for piece in response.iter_content(_CHUNK_BYTES):
            if time.monotonic() > deadline:
                raise Transient(f"{attempt}: not done within {self.total_seconds:g} seconds")
            yield piece

    def _open(self, session: requests.Session, url: str, attempt: str) -> requests.Response:
        for _ in range(_MAX_REDIRECTS + 1):
            response = session.get(
                url, headers=self.headers(url), stream=True, allow_redirects=False, timeout=self.timeout_seconds
            )
            if not response.is_redirect:
                return response
            url = urljoin(url, response.headers["location"])
            response.close()
            if urlsplit(url).scheme != "https" and _origin(url) != _origin(self.api_url):
                raise Transient(f"{attempt}: GitHub sends to an address without https: {_origin(url)}")
        raise Transient(f"{attempt}: GitHub sends from address to address without end")


def _refusal(response: requests.Response) -> GithubException:
    try:
        said = json.loads(response.raw.read(_MAX_REFUSAL_BYTES, decode_content=True))
    except ValueError:
        said = None
    headers = {key.lower(): value for key, value in response.headers.items()}
    return Requester.createException(response.status_code, headers, said if isinstance(said, dict) else {})


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
