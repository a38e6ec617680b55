"""Posts a webhook and tells what came of it. Nothing of an answer's body is read: nobody needs it, and it may be endless."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from httpcore2 import URL, HTTPConnection, NetworkBackend, NetworkError, Origin, ProtocolError, Request, TimeoutException

from aslo_core.api import Permanent, Transient, failpoint, retry_after
from aslo_notify_webhook.options import checked_url

MAX_REDIRECTS = 3
_PORTS = {"https": 443, "http": 80}
_KEPT = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
"""Redirects by which a POST stays one (RFC 9110, 15.4.8 and 15.4.9)."""

_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]


def post(url: str, headers: Mapping[str, str], body: bytes, backend: NetworkBackend, trust: ssl.SSLContext, table: str) -> None:
    """Post a webhook, and follow redirects that keep it a POST request.

    Args:
        url: where to.
        headers: those that sign it.
        body: JSON.
        backend: makes connections; checks where to.
        trust: whom to trust.
        table: table of the configuration, for cures.

    Raises:
        Transient: try again later.
        Permanent: the receiver refuses, or lies where nothing is sent to.
    """
    for _ in range(MAX_REDIRECTS + 1):
        host = urlsplit(url).hostname or ""
        failpoint("notify_webhook.post.before")
        answer = _send(url, headers, body, backend, trust)
        failpoint("notify_webhook.post.after")
        location = answer.headers.get("location", "")
        if answer.status not in _KEPT or not location:
            _judge(answer, host, table)
            return
        url = _next(url, location, host, table)
    raise Permanent(
        "webhook.redirected",
        f"{host} redirects, as did {MAX_REDIRECTS} before it.",
        f"Write the address that it leads to as url of {table}.",
    )


def reach(url: str, backend: NetworkBackend, trust: ssl.SSLContext) -> str:
    """Connect to where webhooks go, with TLS where the address has it, and send nothing; say who answered.

    Args:
        url: where to.
        backend: makes connections; checks where to.
        trust: whom to trust.

    Raises:
        Transient: nobody answers, or not in a way that can be trusted.
        Permanent: it lies where nothing is sent to.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        stream = backend.connect_tcp(host, port)
        try:
            if parts.scheme == "https":
                stream = stream.start_tls(trust, host)
        finally:
            stream.close()
    except TimeoutException as reason:
        raise Transient(f"{host} did not answer in time") from reason
    except NetworkError as reason:
        raise Transient(f"{host} gave no usable answer ({_why(reason)})") from reason
    return f"{host} answers{', with a certificate that is trusted' if parts.scheme == 'https' else ''}"


def _send(url: str, headers: Mapping[str, str], body: bytes, backend: NetworkBackend, trust: ssl.SSLContext) -> _Answer:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": parts.netloc, "Content-Type": "application/json", "Content-Length": str(len(body)), "User-Agent": "aslo"}
    request = Request(
        "POST",
        URL(scheme=parts.scheme.encode(), host=host.encode(), port=port, target=target.encode()),
        headers=[*sent.items(), *headers.items(), ("Connection", "close")],
        content=body,
    )
    origin = Origin(parts.scheme.encode(), host.encode(), port)
    try:
        with HTTPConnection(origin, ssl_context=trust, network_backend=backend) as connection:
            answer = connection.handle_request(request)
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return _Answer(answer.status, told)
    except TimeoutException as reason:
        raise Transient(f"{host} did not answer in time") from reason
    except (NetworkError, ProtocolError) as reason:
        raise Transient(f"{host} gave no usable answer ({_why(reason)})") from reason


def _judge(answer: _Answer, host: str, table: str) -> None:
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Transient(f"{host} answered {status}", retry_after=retry_after(answer.headers, time.time()))
    if status < HTTPStatus.BAD_REQUEST:
        cure = f"Write the address that it leads to as url of {table}."
        raise Permanent("webhook.redirected", f"{host} answered {status}, which would make it another request.", cure)
    cure = f"Check url and secret of {table} with whoever runs the receiver; its own messages say why."
    raise Permanent("webhook.refused", f"{host} answered {status}.", cure)


def _next(url: str, location: str, host: str, table: str) -> str:
    try:
        following = checked_url(urljoin(url, location))
    except ValueError as reason:
        cure = f"Write the address that is meant as url of {table}."
        raise Permanent("webhook.redirected", f"{host} redirects to what is no address: {reason}.", cure) from None
    if urlsplit(url).scheme == "https" and urlsplit(following).scheme != "https":
        cure = f"Write the address that is meant as url of {table}."
        raise Permanent("webhook.redirected", f"{host} redirects to plain http.", cure)
    return following


def _why(reason: Exception) -> str:
    return str(reason) or type(reason).__name__
