"""What an append comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aslo_core.events import Recorded
from aslo_core.log.draft import Draft, DraftEvent
from aslo_core.log.errors import IdempotencyConflict
from aslo_core.log.leaf import body_digest


@dataclass(frozen=True)
class Appended:
    """What an append came to.

    Attributes:
        events: its events as they stand in the log.
        duplicate: whether an earlier append with the same key and content had appended them already.
    """

    events: tuple[Recorded, ...]
    duplicate: bool


Outcome = Appended | Exception
"""Of one append among several; an error concerns it alone."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What must be known of an event to tell whether another one has the same content; no salt means erased."""

    position: int
    stream: str
    type: str
    schema: int
    body_digest: bytes
    salt: bytes | None


def require_same_content(draft: Draft, earlier: Sequence[Earlier]) -> None:
    """Make sure that an append repeats the one that had its idempotency key: streams, types and bodies, in order.

    Times and ids are no content. Of an erased body nothing is known, so any is taken for the same.

    Raises:
        IdempotencyConflict: it is another one.
    """
    if len(draft.events) != len(earlier) or not all(map(_same_content, draft.events, earlier)):
        raise IdempotencyConflict(draft.cause.source, draft.key, earlier[0].position)


def _same_content(event: DraftEvent, earlier: Earlier) -> bool:
    named = (event.stream, event.event.event_name, event.event.event_version) == (earlier.stream, earlier.type, earlier.schema)
    return named and (earlier.salt is None or body_digest(earlier.salt, event.body) == earlier.body_digest)
