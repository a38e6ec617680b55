"""What a configuration needs of this machine beside its plugins: an address to listen on, a sound log, a broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aslo_core.bootstrap.databases import is_first_log, log_where
from aslo_core.bootstrap.listening import listen
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.bootstrap.serving import asked
from aslo_core.config import CoreSettings, Document, Settings
from aslo_core.errors import AsloError, ConfigProblem
from aslo_core.jobs.silence import silence
from aslo_core.log import EventLog


def problems(document: Document, settings: Settings) -> Iterator[ConfigProblem]:
    """Tell what would keep `aslo serve` from starting with this configuration."""
    if not _is_served(settings):
        try:
            listen(settings.server.host, settings.server.port).close()
        except AsloError as reason:
            yield document.problem(("server",), str(reason), "`aslo serve` could not start")
    there = next(path for path in (settings.data_path, *settings.data_path.parents) if path.exists())
    if not there.is_dir():
        found = f"{settings.data_path} cannot be the data directory: {there} is no folder"
        yield document.problem(("data", "path"), found, "name a folder of its own, which ASLO may make and write")
        return
    where = log_where(settings)
    is_file = isinstance(where, Path)
    try:
        # A file is made at the start; a log in a database is not, since that takes an administrator's rights.
        if not is_first_log(settings) or not is_file:
            EventLog.open(where).close()
    except AsloError as reason:
        yield document.problem(("data",) if is_file else ("data", "log_url"), str(reason), "`aslo serve` could not start")


def warnings(document: Document, settings: CoreSettings) -> Iterator[ConfigProblem]:
    """Tell of what may be away for a while: `aslo serve` waits for it."""
    if reason := silence(settings.broker.url.get_secret_value()):
        found = f"the broker does not answer ({reason})"
        yield document.problem(("broker",), found, "start it, or mend its address; nothing is built while it is away")


def _is_served(settings: CoreSettings) -> bool:
    """Whether who serves this log listens there already: `aslo serve` for this folder, or an `aslo web` beside others."""
    if ServeLock(settings.data_path).holder() is not None:
        return True
    return settings.data.log_url is not None and asked(settings, "aslo web").health is not None
