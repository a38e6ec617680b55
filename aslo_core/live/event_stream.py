"""The format `text/event-stream`: WHATWG HTML, section 9.2, Server-sent events. Pure."""

from __future__ import annotations

KEEP_ALIVE = b":\n\n"
"""A comment: it tells proxies, and the other end, that the connection lives."""


def event(data: str, *, id_: str, name: str = "") -> bytes:
    """Write one event.

    Args:
        data: its text, without carriage returns; the client gets it as it is, newlines included, also where it is empty.
        id_: what the client shows as `Last-Event-ID` when it connects again; no line break.
        name: its type; empty for `message`.
    """
    lines = [f"data: {line}" for line in data.split("\n")]
    named = [f"event: {name}"] if name else []
    return "\n".join([f"id: {id_}", *named, *lines, "", ""]).encode()


def retry(milliseconds: int) -> bytes:
    """Tell how long the client waits before it connects again."""
    return f"retry: {milliseconds}\n\n".encode()
