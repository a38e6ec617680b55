"""What the log needs of a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from aslo_core.log.draft import Draft
from aslo_core.log.outcome import Outcome

Where = Path | sa.URL
"""The file `log.db`, or the address of a PostgreSQL database."""


@dataclass(frozen=True)
class Watch:
    """How a reader notices what other processes commit.

    Attributes:
        mark: returns a number that is another one after each commit to the log by another process.
        shortest: seconds between the first looks of a wait; they grow apart to `longest`.
        longest: seconds.
    """

    mark: Callable[[], int]
    shortest: float
    longest: float


class Database(Protocol):
    """A database that holds a log. Every method may be called from any thread, and none leaves a transaction open.

    All of them raise LogUnavailable when the database fails.
    """

    @property
    def name(self) -> str:
        """What it is called in messages: never with a password."""
        ...

    def require_ready(self) -> None:
        """Make sure that the tables are those of this program, and guarded.

        Raises:
            LogNotReady: an operator has to act first; the message says how.
        """
        ...

    def append(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Write all of these that can be written, each whole or not at all, and return when they are on the disk.

        Raises:
            AppendRefused: one of them can never be written; nothing was written.
            LogInterrupted: it was cut off; whether it was written all the same can be read once it is `settled`.
            LogUnavailable: the database failed, and nothing was written.
        """
        ...

    def read(self) -> AbstractContextManager[sa.Connection]:
        """Lend a connection that cannot write and holds no transaction: each statement sees the newest commit."""
        ...

    def snapshot(self) -> AbstractContextManager[sa.Connection]:
        """Lend a connection that cannot write, and sees the log as it is at its first statement, until it is given back.

        The database cannot tidy up behind what it sees: for readers of everything alone.
        """
        ...

    def settled(self) -> AbstractContextManager[sa.Connection]:
        """Lend a connection to read with once every append that was under way has ended, one that was cut off as well."""
        ...

    def write(self) -> AbstractContextManager[sa.Connection]:
        """Lend a connection within a transaction that is committed at the end, for what is kept beside the events."""
        ...

    def watch(self) -> AbstractContextManager[Watch]:
        """Look for what other processes commit, for the time of a block."""
        ...

    def faults(self) -> Iterator[str]:
        """Say what is wrong with the database as a whole: its tables, its guards, its files."""
        ...

    def scrub(self) -> bool:
        """Remove what is left of erased bodies outside the tables; tell whether that could be done."""
        ...

    def close(self) -> None:
        """Close all connections: one that is lent when it is given back."""
        ...
