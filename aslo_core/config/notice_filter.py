"""Keys of every `[notifier.NAME]` that the core looks at itself: what the notifier is told at all."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from aslo_core.types import NOTICE_KINDS, NoticeKind, Options

_Value = TypeVar("_Value")


def _some(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
    if not values:
        raise ValueError("an empty list lets nothing through: name one at least, or write enabled = false")
    return values


Pattern = Annotated[str, Field(min_length=1)]


class NoticeFilter(Options):
    """What one notifier is told: a notice that each of the keys lets through."""

    events: Annotated[tuple[NoticeKind, ...], AfterValidator(_some)] = NOTICE_KINDS
    """What is told: that a run started, or how it ended."""

    owners: Annotated[tuple[Pattern, ...], AfterValidator(_some)] = ("*",)
    """Accounts whose repositories' releases are told. `*` stands for any characters, `?` for one; upper and lower case are
    the same. A repository without an owner, such as one submitted by its address, is let through by `*` alone."""

    activities: Annotated[tuple[Pattern, ...], AfterValidator(_some)] = ("*",)
    """Bundle ids of the activities that are told, with `*` and `?` as above. A notice about a release whose `activity.info`
    was not read, or not yet (`started`), has no bundle id, which `*` alone lets through."""
