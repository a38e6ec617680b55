"""Downloads attached bundles: by id, counted while reading, and without showing the token to anybody but the API.

https://docs.github.com/en/rest/releases/assets#get-a-release-asset
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from github import GithubException
from github.Requester import Requester

from aslo_core.api import Asset, FetchedAsset, Permanent, Secret, Stopped, Transient
from aslo_source_github.failures import classified

SUFFIX = ".xo"
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
        max_bytes: of all downloads of a release together.
        stop: ends a download once it is set.
    """

    api_url: str
    token: Secret | None
    timeout_seconds: float
    total_seconds: float
    max_bytes: int
    stop: threading.Event = field(default_factory=threading.Event)

    def fetch(self, repository_id: str, assets: Sequence[Asset], into: Path) -> tuple[FetchedAsset, ...]:
        """Download those assets that are bundles, to files named by their place in the list.

        Args:
            repository_id: the repository's id.
            assets: all attached files; their sizes are only what the host says.
            into: a directory that does not exist yet.

        Raises:
            Permanent: rule `source.assets-too-large` or `source.asset-missing`.
            Transient: the host cannot be reached, or sent less or more than it said.
            Stopped: `stop` was set.
        """
        wanted = [asset for asset in assets if asset.name.lower().endswith(SUFFIX)]
        stated = sum(asset.size for asset in wanted)
        if stated > self.max_bytes:
            raise _too_large(stated, self.max_bytes)
        into.mkdir()
        fetched, left = [], self.max_bytes
        with requests.Session() as session:
            # Neither a proxy's address nor a password in ~/.netrc is to be taken from the surroundings.
            session.trust_env = False
            for number, asset in enumerate(wanted):
                path = into / f"{number}{SUFFIX}"
                left -= self._download(session, repository_id, asset, path, left)
                fetched.append(FetchedAsset(asset, path))
        return tuple(fetched)

    def headers(self, url: str) -> dict[str, str]:
        """What is sent with a request; the token to the API's own scheme, host and port alone."""
        headers = {"Accept": "application/octet-stream", "User-Agent": "aslo", "Accept-Encoding": "identity"}
        if self.token is not None and _origin(url) == _origin(self.api_url):
            headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        return headers

    def _download(self, session: requests.Session, repository_id: str, asset: Asset, path: Path, left: int) -> int:
        attempt = f"download the attached file {asset.name!r}"
        missing = Permanent(
            "source.asset-missing",
            f"The attached file {asset.name!r} is no longer there.",
            "Attach it again, or publish the release without it.",
        )
        deadline, size = time.monotonic() + self.total_seconds, 0
        with (
            classified(attempt, missing),
            self._open(session, f"{self.api_url}/repositories/{repository_id}/releases/assets/{asset.id}", attempt) as response,
            path.open("wb") as file,
        ):
            if response.status_code != requests.codes.ok:
                raise _refusal(response)
            for piece in response.iter_content(_CHUNK_BYTES):
                size += file.write(piece)
                if size > left:
                    raise _too_large(self.max_bytes - left + size, self.max_bytes)
                if self.stop.is_set():
                    raise Stopped(f"{attempt}: told to stop")
                if time.monotonic() > deadline:
                    raise Transient(f"{attempt}: not done within {self.total_seconds:g} seconds")
        if size != asset.size:
            raise Transient(f"{attempt}: GitHub says {asset.size:,} bytes and sent {size:,}")
        return size

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


def _too_large(found: int, limit: int) -> Permanent:
    return Permanent(
        "source.assets-too-large",
        f"The attached bundles have {found:,} bytes or more together; the limit is {limit:,} (assets_mib).",
        "Attach smaller bundles, or ask the operator for a higher limit.",
    )
