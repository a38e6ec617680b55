"""Talks to one forge over HTTP: within time and size, following it nowhere that the operator did not name."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urljoin, urlsplit

import httpx2

from aslo_core.api import AsloError, Permanent, Secret, Transient, one_line, rate_limit_wait, retry_after

_MAX_REDIRECTS = 3
_MAX_REFUSAL_BYTES = 1 << 16
_MAX_QUOTE = 300
_GONE = (404, 410, 451)
_OPERATORS = (401, 403)


class Denied(Transient):
    """The forge refuses the token, or wants one: only the operator can mend that.

    Args:
        message: what was attempted, and what the forge says.
        status: 401 where it knows no such token, or wants one; 403 where it may not do this.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Peer:
    """A forge, and how it is spoken to.

    Attributes:
        url: address of its pages, without a slash at the end.
        token: sent to addresses below `url`, or None.
        tls: which certificates are trusted.
        timeout_seconds: for each answer to begin and each piece of it to arrive.
        elsewhere: addresses, and all below them, that it may redirect downloads to.
    """

    url: str
    token: Secret | None
    tls: ssl.SSLContext
    timeout_seconds: float
    elsewhere: tuple[str, ...] = ()


class Connection:
    """A connection to one forge, for one thread. Use it as a context manager.

    Args:
        peer: the forge.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        # Neither a proxy's address nor a password in ~/.netrc is to be taken from the surroundings.
        self._client = httpx2.Client(
            trust_env=False, verify=peer.tls, timeout=peer.timeout_seconds, headers={"User-Agent": "aslo"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    @contextmanager
    def get(self, path: str, attempt: str, missing: Permanent, *, seconds: float) -> Iterator[Body]:
        """Ask for what is at a path, and give the body of the answer, which is a success.

        Args:
            path: path and query below the forge's address.
            attempt: what is being done, on what: `look up release 5 of sugarlabs/maze`.
            missing: raised where the forge says that it is not there.
            seconds: that all of it may take.

        Raises:
            Permanent: `missing`.
            Transient: the forge cannot be reached, fails, asks to wait, refuses the token, which only the operator can mend,
                or sends elsewhere than it may.
        """
        try:
            with self._open(self._peer.url + path, attempt) as response:
                body = Body(response, attempt, time.monotonic() + seconds)
                if response.status_code != httpx2.codes.OK:
                    raise _answered(missing, body)
                yield body
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Transient(f"{attempt}: the forge gave no usable answer: {type(error).__name__}") from error

    @contextmanager
    def _open(self, url: str, attempt: str) -> Iterator[httpx2.Response]:
        for _ in range(_MAX_REDIRECTS + 1):
            with self._client.stream("GET", url, headers=self.headers(url)) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                location = response.headers["location"]
            url = self._followed(url, location, attempt)
        raise Transient(f"{attempt}: the forge sends from address to address without end")

    def _followed(self, url: str, location: str, attempt: str) -> str:
        try:
            target = urljoin(url, location)
            is_covered = any(covers(address, target) for address in (self._peer.url, *self._peer.elsewhere))
        except ValueError as error:  # brackets or a port that are none
            raise Transient(
                f"{attempt}: the forge sends to an address that is none: {one_line(location, _MAX_QUOTE)}"
            ) from error
        if not is_covered:
            where = one_line(target.partition("?")[0], _MAX_QUOTE)
            raise Transient(
                f"{attempt}: the forge sends to {where}, which is not below the source's `url` or its `assets_from`"
            )
        return target

    def headers(self, url: str) -> Mapping[str, str]:
        """What is sent with a request; the token to addresses of the forge alone."""
        headers = {"Accept": "application/json, application/octet-stream", "Accept-Encoding": "identity"}
        if self._peer.token is not None and covers(self._peer.url, url):
            headers["Authorization"] = f"token {self._peer.token.get_secret_value()}"
        return headers


@dataclass(frozen=True)
class Body:
    """The body of an answer while it arrives."""

    response: httpx2.Response
    attempt: str
    deadline: float

    def pieces(self) -> Iterator[bytes]:
        """Give it piece by piece.

        Raises:
            Transient: the time is over.
        """
        for piece in self.response.iter_raw():
            if time.monotonic() > self.deadline:
                raise Transient(f"{self.attempt}: the forge was too slow")
            yield piece

    def whole(self, most: int) -> bytes:
        """Give all of it.

        Raises:
            Transient: it has more than that many bytes, or the time is over.
        """
        found = bytearray()
        for piece in self.pieces():
            found += piece
            if len(found) > most:
                raise Transient(f"{self.attempt}: the forge answers with more than {most:,} bytes")
        return bytes(found)


def covers(address: str, url: str) -> bool:
    """Whether an address lies below another one: same scheme, host and port, and no way round in its path. Pure."""
    above, below = urlsplit(address), urlsplit(url)
    if below.username is not None or {".", ".."} & set(unquote(below.path).replace("\\", "/").split("/")):
        return False
    same = (above.scheme, above.hostname, _port(above.scheme, above.netloc)) == (
        below.scheme,
        below.hostname,
        _port(below.scheme, below.netloc),
    )
    return same and f"{below.path}/".startswith(f"{above.path.rstrip('/')}/")


def _port(scheme: str, netloc: str) -> str:
    _, colon, port = netloc.rpartition("]")[2].partition(":")
    return port if colon and port else {"https": "443", "http": "80"}.get(scheme, "")


def _answered(missing: Permanent, body: Body) -> AsloError:
    attempt, response = body.attempt, body.response
    status = response.status_code
    headers = {name.lower(): value for name, value in response.headers.items()}
    said = f"{attempt}: the forge answered {status}{_message(body)}"
    wait = rate_limit_wait(status, headers, time.time())
    if wait is not None:
        return Transient(f"{said}; it asks to wait {wait:.0f} s", retry_after=wait)
    if status in _GONE:
        return missing
    if status in _OPERATORS:
        cure = "the operator has to give this source a token with the scope read:repository that may read it"
        return Denied(f"{said}; {cure}", status)
    return Transient(said, retry_after=retry_after(headers, time.time()))


def _message(body: Body) -> str:
    """Quote what the forge says beside the status, as far as it says it in JSON, in few bytes and in time."""
    try:
        told = json.loads(body.whole(_MAX_REFUSAL_BYTES))
    except (Transient, ValueError, RecursionError):
        return ""
    message = told.get("message") if isinstance(told, dict) else None
    return f" ({one_line(str(message), _MAX_QUOTE).rstrip('.')})" if message else ""
