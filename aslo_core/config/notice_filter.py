"""Keys of every `[notifier.NAME]` that the core looks at itself: what the notifier is told at all."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aslo_core.types import NOTICE_KINDS, NoticeKind, Options

Pattern = Annotated[str, Field(min_length=1)]


class NoticeFilter(Options):
    """What one notifier is told: a notice that each of the keys lets through."""

    events: Annotated[tuple[NoticeKind, ...], Field(min_length=1)] = NOTICE_KINDS
    """What is told: that a run started, or how it ended."""

    owners: Annotated[tuple[Pattern, ...], Field(min_length=1)] = ("*",)
    """Accounts whose repositories' releases are told. `*` stands for any characters, `?` for one; upper and lower case are
    the same."""

    activities: Annotated[tuple[Pattern, ...], Field(min_length=1)] = ("*",)
    """Bundle ids of the activities that are told, with `*` and `?` as above. A notice about a release whose `activity.info`
    was not read, or not yet (`started`), has no bundle id, which `*` alone lets through."""
