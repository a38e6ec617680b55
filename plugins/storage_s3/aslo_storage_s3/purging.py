"""Making a CDN forget an object: one request, as the operator describes it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx2
import structlog

from aslo_core.api import ConfigError, ConfigProblem, Transient, one_line, retry_after

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_FORGOTTEN = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""What several CDNs answer where they did not have it."""
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Purge:
    """The request.

    Attributes:
        method: of HTTP.
        url: its address; `{address}` and `{name}` stand for the object's, escaped where they stand behind a `?`.
        body: what is sent with it, with the same places.
        headers: what else.
        timeout: seconds to wait for the CDN at every step.
        tls: whom to trust.
    """

    method: str
    url: str
    body: str
    headers: Mapping[str, str] = field(repr=False)
    timeout: float
    tls: ssl.SSLContext

    def request(self, address: str, name: str, table: str) -> None:
        """Make the CDN forget what it serves at `address`.

        Args:
            address: public address of the object.
            name: its name.
            table: of the configuration, to name an option of.

        Raises:
            Transient: the CDN cannot be reached, is busy or failed.
            ConfigError: it refuses the request.
        """
        url = filled(self.url, address, name)
        doing = f"the object {name} is deleted, and the CDN cannot be made to forget {address}"
        try:
            with httpx2.Client(timeout=self.timeout, verify=self.tls) as client:
                answer = client.request(
                    self.method, url, headers=dict(self.headers), content=_placed(self.body, address, name).encode() or None
                )
        except httpx2.TimeoutException as error:
            raise Transient(f"{doing}: {_host(url)} did not answer in time") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Transient(f"{doing}: {_host(url)}: {one_line(str(error), 200)}") from error
        if answer.is_success or answer.status_code in _FORGOTTEN:
            log.debug("storage_s3.purged", name=name, status=answer.status_code)
            return
        said = f"{_host(url)} answered {answer.status_code} {one_line(answer.text, 200)!r}"
        if answer.is_server_error or answer.status_code in _LATER:
            raise Transient(f"{doing}: {said}", retry_after=retry_after(_lower(answer.headers), time.time()))
        cure = "see that method, address, headers and token are what the CDN asks for"
        raise ConfigError([ConfigProblem(file=table, line=0, key="purge_url", found=f"{doing}: {said}", allowed=cure)])


def filled(url: str, address: str, name: str) -> str:
    """Put an object's address and name into the address of a request, escaped in the query."""
    path, mark, query = url.partition("?")
    return _placed(path, address, name) + mark + _placed(query, quote(address, safe=""), quote(name, safe=""))


def _placed(text: str, address: str, name: str) -> str:
    return text.replace("{address}", address).replace("{name}", name)


def _lower(headers: httpx2.Headers) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


def _host(url: str) -> str:
    return "/".join(url.split("/")[:3])
