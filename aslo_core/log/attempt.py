"""Writing a batch, and what is done when that fails: nobody is told that nothing was written before that is known."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from aslo_core.log.database import Database
from aslo_core.log.draft import Draft
from aslo_core.log.errors import AppendRefused, LogInterrupted, LogUnavailable
from aslo_core.log.outcome import Appended, Outcome
from aslo_core.log.reading import with_ids

log = structlog.get_logger(__name__)


def attempt(database: Database, drafts: Sequence[Draft], *, again: bool = True) -> list[Outcome]:
    """Write appends, in order.

    One that the database refuses fails alone: the others are then written one by one. After an interruption it is asked what
    was kept, and the rest is tried once more.

    Args:
        database: where to.
        drafts: the appends.
        again: whether to try again what an interruption has cut off.
    """
    try:
        return database.append(drafts)
    except AppendRefused as refusal:
        if len(drafts) == 1:
            return [refusal]
        return [outcome for draft in drafts for outcome in attempt(database, [draft], again=again)]
    except LogInterrupted as failure:
        log.warning("log.interrupted", appends=len(drafts), error=str(failure))
        outcomes = _kept(database, drafts, failure)
        lost = [number for number, outcome in enumerate(outcomes) if outcome is failure]
        if again and lost:
            retried = attempt(database, [drafts[number] for number in lost], again=False)
            for number, outcome in zip(lost, retried, strict=True):
                outcomes[number] = outcome
        return outcomes
    except LogUnavailable as failure:
        log.warning("log.write_failed", appends=len(drafts), error=str(failure))
        return [failure] * len(drafts)


def _kept(database: Database, drafts: Sequence[Draft], failure: LogInterrupted) -> list[Outcome]:
    """Find out what was written before the interruption: a commit may have been done whose answer was lost."""
    try:
        with database.settled() as connection:
            kept = [with_ids(connection, (event.id for event in draft.events)) for draft in drafts]
    except LogUnavailable:
        words = f"{failure}; whether the append was kept is not known, so repeat it with the same idempotency key"
        return [LogUnavailable(words) for _ in drafts]
    return [Appended(events, duplicate=False) if events else failure for events in kept]
