"""Whether an `aslo serve` runs here, and what it says of itself."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import msgspec

from aslo_core.bootstrap.databases import log_where
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.config import CoreSettings
from aslo_core.config.settings import EVERYWHERE
from aslo_core.errors import AsloError
from aslo_core.jobs.holding import CONDUCTOR, LIVES
from aslo_core.jobs.rest import nobody_has_room, without_room, workers
from aslo_core.log.leases import Leases
from aslo_core.types import Value
from aslo_core.web.health import HealthAnswer

_PATIENCE_S = 3.0
_AT_MOST = 1 << 20


class Parts(Value):
    """Processes that share a log, by their leases: `<host>/<process id>/<random>`.

    Attributes:
        conductor: who leads; empty for nobody.
        workers: who does the steps of releases.
        without_room: those of them that take nothing new, since their own disk is nearly full.
        lives: who streams the output of builds.
        nobody_has_room: whether there are workers, and none of them takes anything new.
    """

    conductor: str
    workers: tuple[str, ...]
    without_room: tuple[str, ...]
    lives: tuple[str, ...]
    nobody_has_room: bool


class Serving(Value):
    """A process that serves.

    Attributes:
        process: its id, as `pid 1234`; empty where none runs.
        health: what its `/readyz` answered, or None where it did not or cannot be asked.
        silence: why it did not answer, or empty.
        parts: who lives of those that share the log, where several can.
    """

    process: str
    health: HealthAnswer | None = None
    silence: str = ""
    parts: Parts | None = None

    def is_whole(self, worker: str) -> bool:
        """Whether a worker is part of the `aslo serve` that runs here, and not a process of its own."""
        return worker.startswith(f"{socket.gethostname()}/{self.process.removeprefix('pid ')}/")


def parts(settings: CoreSettings) -> Parts | None:
    """Tell who lives of those that share a log; None where it is a file, which one process has for itself.

    Raises:
        LogUnavailable: the log cannot be read.
    """
    where = log_where(settings)
    if isinstance(where, Path):
        return None
    with closing(Leases(where)) as leases:
        held = leases.held()
    return Parts(
        conductor=held.get(CONDUCTOR, ""),
        workers=tuple(sorted(workers(held))),
        without_room=tuple(sorted(without_room(held))),
        lives=tuple(sorted(holder for name, holder in held.items() if name.startswith(LIVES))),
        nobody_has_room=nobody_has_room(held),
    )


def ask(settings: CoreSettings) -> Serving:
    """Look who serves the data folder, and ask how it is."""
    try:
        living = parts(settings)
    except AsloError:
        living = None  # why the log cannot be read is told elsewhere
    process = ServeLock(settings.data_path).holder() or (living.conductor if living else "")
    return msgspec.structs.replace(asked(settings, process), parts=living)


def asked(settings: CoreSettings, process: str) -> Serving:
    """Ask who listens at the port of the configuration how he is; `process` says who that is, empty for nobody."""
    port = settings.server.port
    if not process or port == 0:
        return Serving(process=process)
    host = EVERYWHERE.get(settings.server.host, settings.server.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/readyz"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=_PATIENCE_S) as response:
            body = response.read(_AT_MOST)
    except urllib.error.HTTPError as answer:
        with answer:
            body = answer.read(_AT_MOST)
    except OSError as reason:
        return Serving(process=process, silence=f"{address} does not answer: {reason}")
    try:
        return Serving(process=process, health=msgspec.json.decode(body, type=HealthAnswer))
    except msgspec.DecodeError:
        return Serving(process=process, silence=f"{address} is not answered by ASLO")
