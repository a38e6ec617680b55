"""Each command's case, and how it is played: made ready, killed at its points, called again."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from aslo_core.failpoints import KILL, TRACE
from aslo_core.log.migrations import upgrade
from aslo_core.testing.prepared_aslo import Ended
from tests.crash.case import PATIENCE_S, Result
from tests.crash.commands.case import Case, aslo
from tests.crash.commands.image import Imaging, packages
from tests.crash.commands.logs import Exporting, Upgrading
from tests.crash.commands.storages import Adding, Switching, Verifying
from tests.crash.running import Kill
from tests.crash.scene import LATE, Scene, scene
from tests.crash.services import Servers, services

_UPGRADING = Lock()
"""Alembic's commands keep what they are at in its modules, so that one thread of a process is at one."""

_WAIT = "somebody else works on the storages by hand"
"""What a command says while the lease of one that was killed has not run out."""


def play_command(folder: Path, command: str, kills: Sequence[Kill], shared: Servers, patience_s: float = PATIENCE_S) -> Result:
    """Play a case of a command in a new folder.

    Args:
        folder: where everything lies.
        command: its name.
        kills: where it dies, one after another; none counts the hits.
        shared: servers that it may need.
        patience_s: how long it may be refused since the dead one still holds something.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result, trace = Result(kills), folder / "trace"
    with COMMANDS[command](folder, shared) as (made, case):
        for kill in kills:
            died = _called(made, case, {KILL: kill.failpoint}, patience_s)
            if died.status == -signal.SIGKILL:
                result.fired.append(kill)
                result.broken += case.killed()
            else:
                result.broken.append(f"ended: status {died.status} when it was to die at {kill}: {died.err}")
        begun = time.monotonic()
        again = _called(made, case, {TRACE: str(trace)}, patience_s)
        result.recovery_s = time.monotonic() - begun
        result.hits = Counter(trace.read_text().splitlines() if trace.exists() else ())
        result.broken += case.done(again)
    if not result.broken:
        shutil.rmtree(folder)
    return result


def _called(made: Scene, case: Case, environment: Mapping[str, str], patience_s: float) -> Ended:
    """Call the command, again and again as long as the dead one still holds something."""
    until = time.monotonic() + patience_s
    while True:
        ended = aslo(made, *case.arguments, environment={**case.environment, **environment})
        if _WAIT not in ended.err or time.monotonic() > until:
            return ended


@contextmanager
def _on_a_file(case: Callable[[Scene], Case], folder: Path, _shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with scene(folder, 0) as made:
        made.data.mkdir(mode=0o700)
        with _UPGRADING:
            upgrade(made.data / "log.db")
        yield made, case(made)


@contextmanager
def _on_servers(case: Callable[[Scene], Case], folder: Path, shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with services(shared) as beside, scene(folder, 0, beside.log, beside.tables, beside) as made:
        made.data.mkdir(mode=0o700)
        yield made, case(made)


@contextmanager
def _upgrading(folder: Path, shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with scene(folder, 0) as made, shared.postgres.database() as url:
        yield made, Upgrading(made, shared, url)


@contextmanager
def _imaging(folder: Path, shared: Servers) -> Iterator[tuple[Scene, Case]]:
    with scene(folder, 0) as made:
        yield made, Imaging(made, packages(shared.folder))


COMMANDS: Mapping[str, Callable[[Path, Servers], AbstractContextManager[tuple[Scene, Case]]]] = MappingProxyType(
    {
        "storage-add": partial(_on_a_file, Adding),
        "storage-switch": partial(_on_a_file, partial(Switching, name=LATE)),
        "storage-verify-later": partial(_on_a_file, partial(Verifying, name=LATE)),
        "storage-verify-mirror": partial(_on_a_file, partial(Verifying, name="mirror")),
        "storage-verify-bucket": partial(_on_servers, partial(Verifying, name="bucket")),
        "log-export": partial(_on_a_file, Exporting),
        "db-upgrade": _upgrading,
        "builder-image-build": _imaging,
    }
)
"""Name → what makes it ready."""
