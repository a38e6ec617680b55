"""ASLO in several processes, with a Redis and a PostgreSQL of its own: everything that a strike can hit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from aslo_core.rootfs import RootTree
from aslo_core.testing.postgres_server import run_postgres
from aslo_core.testing.redis_server import RedisServer, run_redis
from examples.demo.stage import Served
from tests.crash.docker import docker
from tests.crash.running import python_path
from tests.crash.scene import Scene, scene
from tests.crash.services import make_log
from tests.crash.strikes import CONDUCTORS, DOCKERD, POSTGRESQL, REDIS, WEB, WORKERS
from tests.crash.victims import Server, Stops, Victim

PARTS = (WEB, *WORKERS, *CONDUCTORS)
_SHARED = """
[data]
log_url = "{log}"
[broker]
url = "{broker}"
[processes]
lease_seconds = {lease_s}
[build]
workers = 2
per_owner = 4
[reconcile]
every_minutes = 0
"""


@dataclass(frozen=True)
class Installation:
    """What is up.

    Attributes:
        scene: the doubles, and where ASLO's log is.
        redis: the doorbell.
        victims: who can be struck, by their names.
        stops: stops them.
        lease_s: seconds that a lease lasts.
    """

    scene: Scene
    redis: RedisServer
    victims: Mapping[str, Victim]
    stops: Stops
    lease_s: int
    _running: ExitStack

    def end(self) -> None:
        """Let everybody run, and end the parts of ASLO as a service manager does; the servers and doubles stay up."""
        self._running.close()


@contextmanager
def installation(
    folder: Path,
    seed: int,
    lease_s: int,
    away_s: float,
    patience_s: float,
    environment: Mapping[str, str] = MappingProxyType({}),
    tree: RootTree | None = None,
) -> Iterator[Installation]:
    """Set everything up in a new folder, and take it down again.

    Args:
        folder: where everything lies.
        seed: what is left to chance follows from it.
        lease_s: seconds that a lease lasts.
        away_s: seconds after which a server is started again.
        patience_s: how long a server may take to come up again.
        environment: further variables of ASLO's processes.
        tree: what bundles are built in by Docker, with a daemon of its own; else they are built by bubblewrap.

    Raises:
        NotInstalled: there is no Redis, PostgreSQL or Docker on this machine.
        ServerFailed: one of them did not come up.
    """
    with ExitStack() as closing:
        redis = closing.enter_context(run_redis(_made(folder / "redis")))
        postgres = closing.enter_context(run_postgres())
        log = make_log(postgres)
        shared = _SHARED.format(log=log.render_as_string(hide_password=False), broker=redis.url(), lease_s=lease_s)
        beside = None if tree is None else closing.enter_context(docker(tree))
        made = closing.enter_context(scene(folder, seed, log, shared, docker=beside))
        running, stops = closing.enter_context(ExitStack()), Stops()
        victims: dict[str, Victim] = {}
        enter = partial(_within, made, environment)
        for name in PARTS:
            part = Served(folder / "aslo.toml", folder / f"messages-{name}", enter, name.partition("-")[0])
            victims[name] = running.enter_context(part)
        servers = {REDIS: redis.process, POSTGRESQL: postgres.process}
        if beside is not None and beside.daemon.process is not None:
            servers[DOCKERD] = beside.daemon.process
        for name, process in servers.items():
            victims[name] = server = Server(process, away_s, patience_s)
            running.callback(server.end)
        running.callback(stops.end)
        yield Installation(made, redis, MappingProxyType(victims), stops, lease_s, running)


def _within(made: Scene, environment: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """Make of a command one that runs with variables of its own, in the same process."""
    path = os.pathsep.join([*filter(None, [environment.get("PYTHONPATH")]), *python_path()])
    own = {**environment, "PYTHONPATH": path, "TMPDIR": str(made.folder / "tmp")}
    telling = ["sh", "-c", 'echo $$ >> "$0"; exec "$@"', str(made.starters)]
    return [*telling, "env", "-C", str(made.folder), *(f"{name}={value}" for name, value in own.items()), *command]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
