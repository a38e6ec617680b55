"""What came of asking sources for what no delivery told: `source/<name>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded


@recorded("source.reconciled")
class SourceReconciled(Event):
    """The source was asked for all it lists, and that was held against the log.

    Attributes:
        since_us: what is older was not asked for, in µs since 1970 UTC.
        until_us: when asking began.
        found: how many deliveries were recorded that the log did not know; what became of each stands in its stream.
    """

    since_us: int
    until_us: int
    found: int


@recorded("source.delayed")
class SourceDelayed(Event):
    """The source could not be asked, or not for everything; it is tried again by itself.

    Attributes:
        failures: how often it failed, one after another.
        error: why, in words.
        retry_at_us: when it is due again.
    """

    failures: int
    error: str
    retry_at_us: int
