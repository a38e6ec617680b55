"""Types and bounds of the fields of a host's payloads and answers. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Id = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]
"""A host's number of something."""

Size = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""Bytes, as the host states them."""

FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
"""Name of an attached file, as its developer gave it."""

TagName = Annotated[str, msgspec.Meta(max_length=255)]
"""Name of a git tag, not checked otherwise yet."""

Title = Annotated[str, msgspec.Meta(max_length=1_000)]
"""Title of a release."""

Notes = Annotated[str, msgspec.Meta(max_length=200_000)]
"""Notes of a release in Markdown."""

MOST_ATTACHED = msgspec.Meta(max_length=1_000)
"""Bounds a tuple of attached files."""

NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
"""Form of a repository's name, and of an account's where the host allows as much; safe in a path."""

WORD = re.compile(r"[a-z_]{1,50}")
"""Form of a host's names of events and actions."""


def require_name(found: str, whose: str) -> None:
    """Hold a text to `NAME`. Raises as `require` does."""
    require(NAME, found, f"{whose}'s name of up to 100 letters, digits, dots, hyphens and underscores")


def require(form: re.Pattern[str], found: str, expected: str) -> None:
    """Hold a text to a form.

    Raises:
        ValueError: it has another one; says what was expected and what was found.
    """
    if not form.fullmatch(found):
        raise ValueError(f"expected {expected}, found {found[:100]!a}")


def microseconds(time: datetime | None) -> int | None:
    """Microseconds since 1970, UTC where no zone is named; None for no time, and for those before, by which hosts mean none."""
    if time is None:
        return None
    since = (time.replace(tzinfo=time.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    return since if since > 0 else None
