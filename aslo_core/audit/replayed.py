"""What a replay came to."""

from __future__ import annotations

from typing import Literal

from aslo_core.audit.differences import TableDifference
from aslo_core.types import Value

Verdict = Literal["same", "different", "not compared"]


class ReplayedProjection(Value):
    """One read model after a replay.

    Attributes:
        name: its name.
        rows: how many rows it has.
        digest: SHA-256 over them.
        verdict: whether the one in use is the same.
        parked: positions of the events that the one in use goes on without, since it could not apply them.
        tables: those that differ.
    """

    name: str
    rows: int
    digest: str
    verdict: Verdict
    parked: tuple[int, ...] = ()
    tables: tuple[TableDifference, ...] = ()


class Replayed(Value):
    """What a replay came to.

    Attributes:
        position: position of the last event that was applied, -1 for none.
        events: how many were applied.
        seconds: how long that took.
        projections: the read models.
        not_compared: why there was nothing to compare with, or empty.
        hint: what explains the differences as far as is known, or empty.
    """

    position: int
    events: int
    seconds: float
    projections: tuple[ReplayedProjection, ...]
    not_compared: str = ""
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing differs and nothing is parked."""
        return all(one.verdict != "different" and not one.parked for one in self.projections)
