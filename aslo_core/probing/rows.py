"""The lines of a report."""

from __future__ import annotations

from aslo_core.types import ProbeVerdict, Value


class ProbeRow(Value):
    """A line of the report.

    Attributes:
        table: the table of the configuration, or of the core's settings, such as `storage.main`.
        what: what was tried.
        verdict: how it went.
        found: what was found.
        cure: what can be done about it.
        seconds: how long it took.
    """

    table: str
    what: str
    verdict: ProbeVerdict
    found: str
    cure: str
    seconds: float
