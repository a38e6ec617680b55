"""The log's own record of erased bodies: `erasure/<event id>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded


@recorded("body.erased")
class BodyErased(Event):
    """The body of an event was removed for good; its leaf stays.

    Attributes:
        erased: id of that event.
        reason: why, without personal data.
    """

    erased: str
    reason: str
