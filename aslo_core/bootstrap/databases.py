"""The databases of an installation: the log, which cannot be made again, and what is derived from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import sqlalchemy as sa
import structlog

from aslo_core.bootstrap.serve_lock import AlreadyServed, ServeLock
from aslo_core.config import CoreSettings
from aslo_core.errors import AsloError
from aslo_core.log import EventLog, Where
from aslo_core.log.opening import database_at
from aslo_core.projections import PROJECTIONS
from aslo_core.projections.engine import Projector
from aslo_core.projections.views import Views
from aslo_core.release.clock import LogClock

log = structlog.get_logger(__name__)


def log_where(settings: CoreSettings) -> Where:
    """Where the log is: what cannot be made again."""
    if settings.data.log_url is None:
        return settings.data_path / "log.db"
    return sa.make_url(settings.data.log_url.get_secret_value())


def hint_url(settings: CoreSettings) -> str:
    """Address of the Redis by which those who share a log on PostgreSQL tell each other of commits; empty without one."""
    broker = settings.broker.url.get_secret_value()
    return broker if settings.data.log_url is not None and broker != "memory://" else ""


def views_path(settings: CoreSettings) -> Path:
    """Where everything derived from the log lies; it can be removed at any time."""
    return settings.data_path / "views.db"


def work_folder(settings: CoreSettings) -> Path:
    """Where the workspaces of open runs lie; they are made again where they are missing."""
    return settings.data_path / "work"


def copying_folder(settings: CoreSettings) -> Path:
    """Where objects lie on their way between storages: one for all processes on this machine, with a lock for each storage."""
    return settings.directory / settings.data.path / "copying"


def make_data_folder(settings: CoreSettings) -> None:
    """Make the data directory where there is none; it holds personal data, so it is its owner's alone.

    Raises:
        AsloError: it cannot be made.
    """
    try:
        settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as reason:
        raise AsloError(
            f"the data directory {settings.data_path} cannot be made ({reason.strerror}): make it for the user who runs ASLO,"
            " or name another one as data.path"
        ) from None


def make_work_folder(settings: CoreSettings) -> Path:
    """Make the folder for what is worked on where there is none, and make sure that it can be written to.

    Raises:
        AsloError: it cannot be made or written to.
    """
    work = work_folder(settings)
    try:
        work.mkdir(mode=0o700, exist_ok=True)
        with TemporaryFile(dir=work) as probe:
            probe.write(b"x")
    except OSError as reason:
        raise AsloError(
            f"the work folder {work} cannot be written to ({reason.strerror}): it must be a folder of the user who runs ASLO,"
            " on a disk with room; what lies there can be removed while ASLO is stopped"
        ) from None
    return work


@contextmanager
def open_log(settings: CoreSettings) -> Iterator[EventLog]:
    """Open the log of an installation, and close it afterwards.

    Raises:
        AsloError: there is none yet, there was one that is lost, or it needs `aslo db upgrade`.
    """
    where = log_where(settings)
    if isinstance(where, Path) and not _size(where):
        is_first_log(settings)
        raise AsloError(f"there is no log at {where} yet: `aslo serve`, `aslo submit` and `aslo db upgrade` make it")
    with EventLog.open(where) as opened:
        yield opened


def make_log(settings: CoreSettings) -> None:
    """Make the log where there is none yet.

    Raises:
        AsloError: there is one that needs `aslo db upgrade`, there was one that is lost, or it cannot be made.
    """
    # Alembic is imported only where a database is made or migrated.
    from aslo_core.log.migrations import finish, pending  # noqa: PLC0415

    make_data_folder(settings)
    where = log_where(settings)
    if is_first_log(settings):
        finish(where)
    elif steps := pending(where):
        raise AsloError(
            f"the log {database_at(where).name} needs {len(steps)} migration{'s' * (len(steps) > 1)} ({', '.join(steps)}):"
            " keep a copy of it and run `aslo db upgrade`"
        )


def is_first_log(settings: CoreSettings) -> bool:
    """Whether there is no log yet, and has never been one: what was derived from one would lie beside it.

    Raises:
        AsloError: there was one.
    """
    where, views = log_where(settings), views_path(settings)
    require_no_remnant(where)
    if (not isinstance(where, Path) or _size(where)) and not _is_new(where):
        return False
    if views.exists():
        raise _lost(where, views)
    return True


def require_no_remnant(where: Where) -> None:
    """Make sure that no log is lost of which a part is left, which SQLite would remove on the way to a new one.

    Raises:
        AsloError: there is such a part.
    """
    if isinstance(where, Path) and not _size(where) and _size(wal := where.with_name(f"{where.name}-wal")):
        raise _lost(where, wal)


def _lost(where: Where, remnant: Path) -> AsloError:
    return AsloError(
        f"the log {database_at(where).name} is empty or gone, but {remnant} is left of one: restore the log from the backup;"
        " to begin with a new one, move that away first"
    )


def _is_new(where: Where) -> bool:
    # Alembic is imported only where a database is made or migrated.
    from aslo_core.log.migrations import is_new  # noqa: PLC0415

    return is_new(where)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def discard_damaged_views(settings: CoreSettings) -> None:
    """Remove `views.db` where SQLite finds it damaged; it is then made again from the log. Only for who alone serves it."""
    path = views_path(settings)
    if damage := _damage(path):
        log.warning("views.damaged", path=str(path), found=damage, consequence="they are made again from the log")
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            file.unlink(missing_ok=True)


def _damage(path: Path) -> str:
    """Say what SQLite finds wrong with a file; nothing of one that is not there, or cannot be read just now."""
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path)) as connection:
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return ""
    except sqlite3.DatabaseError as reason:
        return str(reason)
    return "" if found == "ok" else found


def time_of_log(settings: CoreSettings) -> int:
    """Tell the time that work is due by, in µs since 1970 UTC.

    Raises:
        AsloError: the log cannot be read.
    """
    with open_log(settings) as events:
        return LogClock(events.newest_us)()


@contextmanager
def open_projector(settings: CoreSettings, events: EventLog) -> Iterator[Projector]:
    """Lend what keeps up the read models of this machine, which may be the first ones here; damaged ones go, if nobody serves.

    Raises:
        AsloError: there is no folder for them, and none can be made.
    """
    make_data_folder(settings)
    lock = ServeLock(settings.data_path)
    if lock.holder() is None and _damage(views_path(settings)):
        with suppress(AlreadyServed), lock.held():
            discard_damaged_views(settings)
    with closing(Projector(views_path(settings), events, PROJECTIONS)) as projector:
        yield projector


@contextmanager
def open_views(settings: CoreSettings) -> Iterator[Views]:
    """Open the read models, after bringing them up to date with the log. A rebuild that is due is left to who serves.

    Raises:
        AsloError: there is no log yet, or it needs `aslo db upgrade`.
    """
    with open_log(settings) as events, open_projector(settings, events) as projector:
        if ServeLock(settings.data_path).holder() is None:
            projector.catch_up()
        else:
            projector.make_ready()
    views = Views(views_path(settings))
    try:
        yield views
    finally:
        views.close()
