"""Answers, as they go over the wire. The connection ends with each of them (RFC 9112, section 9.6). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus

import msgspec

from aslo_core.live.request import Refused

_ALWAYS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Server": "ASLO",
    "X-Content-Type-Options": "nosniff",
}
_STREAM = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",  # nginx passes each event on at once
}


def stream_head() -> bytes:
    """The beginning of a stream of events, which lasts as long as the connection."""
    return _head(HTTPStatus.OK, _STREAM)


def json_answer(body: object) -> bytes:
    """A success with a JSON document."""
    return _whole(HTTPStatus.OK, "application/json", body, {})


def refusal(refused: Refused) -> bytes:
    """A refusal as `application/problem+json` (RFC 9457)."""
    if refused.status == HTTPStatus.NO_CONTENT:
        return _head(refused.status, {})
    problem = {"title": refused.status.phrase, "status": refused.status.value, "detail": refused.detail}
    return _whole(refused.status, "application/problem+json", problem, refused.fields)


def _whole(status: HTTPStatus, media_type: str, body: object, fields: Mapping[str, str]) -> bytes:
    content = msgspec.json.encode(body)
    return _head(status, {"Content-Type": media_type, "Content-Length": str(len(content)), **fields}) + content


def _head(status: HTTPStatus, fields: Mapping[str, str]) -> bytes:
    told = {"Date": formatdate(usegmt=True), **_ALWAYS, **fields}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")
