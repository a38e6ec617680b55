"""Whether a file has all its pages, by its length and the headers in its write-ahead log alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

_LOCK_BYTE = 1 << 30
"""Where the one page begins that is never written (https://www.sqlite.org/fileformat2.html#the_lock_byte_page)."""
_WAL_HEADER = 32
_FRAME_HEADER = 24


def absent_pages(connection: sa.Connection, path: Path) -> int:
    """Count the pages that are neither in the file nor in its write-ahead log, which SQLite itself would take for zeros.

    Args:
        connection: one that reads the file.
        path: the file.
    """
    # In this order, what others write meanwhile does no harm: what they take out of the write-ahead log is in the file then.
    size: int = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    count: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    if path.stat().st_size >= count * size:
        return 0
    elsewhere = {*_pages_in_wal(path.with_name(f"{path.name}-wal"), size), _LOCK_BYTE // size + 1}
    held = path.stat().st_size // size
    return sum(page not in elsewhere for page in range(held + 1, count + 1))


def _pages_in_wal(wal: Path, size: int) -> Iterator[int]:
    """Name the pages in a write-ahead log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).

    Frames that are left over from before its last reset have another salt than its header.
    """
    with suppress(FileNotFoundError), wal.open("rb") as file:
        salt = file.read(_WAL_HEADER)[16:24]
        while len(header := file.read(_FRAME_HEADER)) == _FRAME_HEADER and header[8:16] == salt:
            yield int.from_bytes(header[:4], "big")
            file.seek(size, 1)
