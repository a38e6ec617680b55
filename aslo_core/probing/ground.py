"""Tries what ASLO itself stands on: its log, its broker, and the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from aslo_core.log.database import Where
from aslo_core.log.trial import try_writing
from aslo_core.probing.attempts import attempt
from aslo_core.types import Probed

_MIB = 1 << 20
_PING_SECONDS = 5.0


def probe_log(where: Where, *, first: bool) -> Iterator[Probed]:
    """Try whether the log can be written; nothing is.

    Args:
        where: the file, or the address of a database.
        first: whether there is none yet, and never was.
    """
    if first and isinstance(where, Path):
        yield Probed.good("write", "there is none yet; the first start makes it")
    else:
        yield attempt("write", lambda: _write(where))


def probe_broker(url: str) -> Iterator[Probed]:
    """Ask the broker whether it is there.

    Args:
        url: its address; nothing of it is told.
    """
    if url == "memory://":
        yield Probed.good("ping", "within the process; there is nobody to ask")
        return
    from redis import Redis, RedisError  # noqa: PLC0415 (its import takes as long as all else together)

    redis = Redis.from_url(url, socket_timeout=_PING_SECONDS, socket_connect_timeout=_PING_SECONDS)
    try:
        redis.ping()
    except RedisError as reason:
        # Its class alone: what it says may hold the address, which may hold a password.
        yield Probed.bad(
            "ping", f"it does not answer as it should ({type(reason).__name__})", "start it, or mend url of [broker]"
        )
    else:
        yield Probed.good("ping", "it answers")
    finally:
        redis.close()


def probe_disk(folder: Path, needed: int) -> Iterator[Probed]:
    """Look how much room there is for data.

    Args:
        folder: the data folder, which need not be there yet.
        needed: bytes that the work of a moment may take.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    found = f"{free // _MIB:,} MiB are free, and the releases worked on at one time may take {needed // _MIB:,} MiB"
    if free < needed:
        yield Probed.bad("room", found, "make room on that disk, or lower bundle_mib or workers of [build]")
    else:
        yield Probed.good("room", found)


def _write(where: Where) -> str:
    try_writing(where)
    return "a row was written and taken back, and the guards against change are there"
