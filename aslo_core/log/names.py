"""What a stream's name and the other texts of an envelope may consist of. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aslo_core.errors import Permanent

MAX_STREAM = 512
"""Longest name of a stream, in bytes."""
MAX_KEY = 1024
"""Longest idempotency key, and source that it is unique within, in bytes: an index finds them, which takes no long ones."""
ERASURES = "erasure/"
"""Streams below this belong to the log's own record of erased bodies: `erasure/<event id>`."""

_SHOWN = 80
_STREAM = re.compile(r"[a-z][a-z0-9_-]*(?:/[!-~]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_stream(name: str) -> None:
    """Refuse what cannot name a stream.

    Raises:
        Permanent: `log.stream-name`.
    """
    if len(name) > MAX_STREAM or not _STREAM.fullmatch(name):
        raise Permanent(
            "log.stream-name",
            f"{_shown(name)} ({len(name)} characters) cannot name a stream.",
            f"A name is a lower-case word, or such a word, '/' and printable ASCII without spaces; at most {MAX_STREAM} bytes.",
        )


def check_texts(texts: Mapping[str, str]) -> None:
    """Refuse texts of which one cannot stand in an envelope.

    Args:
        texts: name of each field, for the message → its content.

    Raises:
        Permanent: `log.text`.
    """
    together = "".join(texts.values())
    if not (together.isascii() and together.isprintable()):  # most are, and this costs a tenth of looking at each
        for field, text in texts.items():
            check_text(field, text)


def check_text(field: str, text: str) -> None:
    """Refuse text that cannot stand in an envelope: control characters, and halves of surrogate pairs.

    Args:
        field: name of the field, for the message.
        text: its content.

    Raises:
        Permanent: `log.text`.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _text_refused(field, text) from error
    if _CONTROL.search(text):
        raise _text_refused(field, text)


def check_key(field: str, text: str) -> None:
    """Refuse what is too long to be found by.

    Args:
        field: name of the field, for the message.
        text: its content.

    Raises:
        Permanent: `log.key`.
    """
    if (size := len(text.encode())) > MAX_KEY:
        raise Permanent(
            "log.key",
            f"{field} {_shown(text)} has {size} bytes, {MAX_KEY} are allowed.",
            "Shorten it, or take its digest instead.",
        )


def _text_refused(field: str, text: str) -> Permanent:
    return Permanent(
        "log.text",
        f"{field} {_shown(text)} contains a control character, or half of a surrogate pair.",
        "Use text without control characters that can be encoded as UTF-8.",
    )


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
