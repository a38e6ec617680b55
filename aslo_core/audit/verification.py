"""Whether the log stands as it was written, and where it ends: what two auditors compare."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from aslo_core.errors import AsloError
from aslo_core.log.schema import events
from aslo_core.log.sqlite import Database
from aslo_core.log.verify import Report, verify


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    Attributes:
        report: how many events were checked, and what is wrong.
        head: position of the last event that was checked, -1 when there is none.
        leaf: its leaf as it is recorded, in hexadecimal digits; empty when there is none. Two logs of which both are free of
            faults and whose heads have the same position, but not the same leaf, are not the same log.
    """

    report: Report
    head: int
    leaf: str


def verified(path: Path) -> Verified:
    """Check a whole log: every leaf and body, the order, the guards. Others may append meanwhile, nothing is written.

    Args:
        path: the file `log.db`, or a copy of it.

    Raises:
        AsloError: there is no such file.
        LogUnavailable: it cannot be read.
    """
    if not path.exists():
        raise AsloError(f"there is no log at {path}")
    report = verify(path)
    last = sa.select(events.c.position, events.c.leaf).order_by(events.c.position).offset(max(report.events - 1, 0)).limit(1)
    with closing(Database(path)) as database, database.read() as connection:
        row = connection.execute(last).one_or_none()
    return Verified(report, row.position, bytes(row.leaf).hex()) if row and report.events else Verified(report, -1, "")
