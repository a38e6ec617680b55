"""What builders print, with its timing: written as it is produced, so that a page can follow and replay it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from aslo_core.log.database import Where
from aslo_core.log.opening import database_at
from aslo_core.log.schema import build_log_chunks as chunks
from aslo_core.log.statements import carry_out

_PAGE = 256

_STREAM, _ATTEMPT = sa.bindparam("of_stream", type_=sa.Text), sa.bindparam("of_attempt", type_=sa.BigInteger)
_NUMBER = (
    sa.select(sa.func.coalesce(sa.func.max(chunks.c.number), 0) + 1)
    .where(chunks.c.stream == _STREAM, chunks.c.attempt == _ATTEMPT)
    .scalar_subquery()
)
_ADD = sa.insert(chunks).values(
    stream=_STREAM, attempt=_ATTEMPT, number=_NUMBER, offset_us=sa.bindparam("us"), data=sa.bindparam("said")
)


@dataclass(frozen=True)
class Chunk:
    """What was printed at once.

    Attributes:
        number: counts the chunks of an attempt from 1.
        data: as it came.
    """

    number: int
    data: bytes


class BuildLogs:
    """Build logs, beside the events. Every method may be called from any thread.

    A chunk survives the end of the process at once, and a power cut after the next append to the log: what is worth more
    stands in events.

    Args:
        where: the file `log.db`, or the address of a PostgreSQL database; already migrated.
    """

    def __init__(self, where: Where) -> None:
        self._database = database_at(where, flushed=False)

    def append(self, stream: str, attempt: int, offset_us: int, data: bytes) -> None:
        """Add a chunk.

        Args:
            stream: the release's stream.
            attempt: number of the attempt that prints it.
            offset_us: µs since the attempt began.
            data: what was printed, as it came.

        Raises:
            LogUnavailable: the database cannot be written.
        """
        with self._database.write() as connection:
            carry_out(connection, _ADD, {"of_stream": stream, "of_attempt": attempt, "us": offset_us, "said": data})

    def read(self, stream: str, attempt: int) -> Iterator[tuple[int, bytes]]:
        """Read an attempt's chunks so far: offset in µs, and what was printed.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        query = (
            sa.select(chunks.c.number, chunks.c.offset_us, chunks.c.data)
            .where(chunks.c.stream == stream, chunks.c.attempt == attempt, chunks.c.number > sa.bindparam("after"))
            .order_by(chunks.c.number)
            .limit(_PAGE)
        )
        after = 0
        while page := self._page(query, after):
            yield from ((offset_us, data) for _, offset_us, data in page)
            after = page[-1][0]

    def after(self, stream: str, attempt: int, number: int, limit: int) -> list[Chunk]:
        """Read an attempt's chunks beyond a number, in order.

        Args:
            stream: the release's stream.
            attempt: number of the attempt.
            number: number of the chunk that was seen last, 0 for none.
            limit: how many at most.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        query = (
            sa.select(chunks.c.number, chunks.c.data)
            .where(chunks.c.stream == stream, chunks.c.attempt == attempt, chunks.c.number > number)
            .order_by(chunks.c.number)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [Chunk(found, data) for found, data in connection.execute(query)]

    def newest(self, stream: str, attempt: int, size: int) -> list[Chunk]:
        """Read the chunks that an attempt's output ends with so far, in order: as few as hold so much of it, or all.

        Args:
            stream: the release's stream.
            attempt: number of the attempt.
            size: bytes, more than 0.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        length = sa.func.length(chunks.c.data)
        behind = sa.func.sum(length).over(order_by=chunks.c.number.desc()) - length
        of_attempt = (chunks.c.stream == stream, chunks.c.attempt == attempt)
        sized = sa.select(chunks.c.number, behind.label("behind")).where(*of_attempt).subquery()
        first = sa.select(sa.func.min(sized.c.number)).where(sized.c.behind < size).scalar_subquery()
        query = sa.select(chunks.c.number, chunks.c.data).where(*of_attempt, chunks.c.number >= first).order_by(chunks.c.number)
        with self._database.read() as connection:
            return [Chunk(number, data) for number, data in connection.execute(query)]

    def attempts(self, stream: str) -> list[int]:
        """Return the numbers of the attempts that have printed anything, in order.

        Raises:
            LogUnavailable: the database cannot be read.
        """
        query = sa.select(chunks.c.attempt).where(chunks.c.stream == stream).distinct().order_by(chunks.c.attempt)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _page(self, query: sa.Select[int, int, bytes], after: int) -> list[tuple[int, int, bytes]]:
        with self._database.read() as connection:
            return [(number, offset_us, data) for number, offset_us, data in connection.execute(query, {"after": after})]
