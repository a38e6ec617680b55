"""What deaths leave beside the log: leases, processes, sandboxes, temporary files. When all is quiet, none of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from aslo_core.log.leases import Leases
from aslo_core.testing.processes import all_gone, command_lines_with
from tests.crash.running import python_path
from tests.crash.scene import Scene

_MARK = b"ASLO_SANDBOX_OF="
LONG_AGO_S = 2 * 24 * 3600


def left_behind(scene: Scene, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """No live lease, process, sandbox, container, workspace or temporary file.

    Args:
        scene: where.
        environment: further variables of ASLO's processes.
    """
    with closing(Leases(scene.log)) as leases:
        yield from (f"left: lease {name} of {holder}" for name, holder in leases.held().items())
    if not all_gone(lambda: command_lines_with(str(scene.folder))):
        counted = Counter(command_lines_with(str(scene.folder)))
        yield from (f"left: process {line!r} ({times})" for line, times in counted.items())
    if not all_gone(lambda: sandboxes(scene.starters)):
        yield from (f"left: sandbox {line!r}" for line in sandboxes(scene.starters))
        end_sandboxes(scene.starters)
    if scene.docker is not None and not all_gone(scene.docker.containers):
        yield from (f"left: container {line}" for line in scene.docker.containers())
    for place in (scene.folder / "tmp", *scene.data.rglob("work"), *scene.data.rglob("copying")):
        yield from (f"left: {path.relative_to(scene.folder)}" for path in place.glob("*") if path.suffix != ".lock")
    yield from (f"left: {path.relative_to(scene.folder)} after a day" for path in _never_swept(scene, environment))


def sandboxes(starters: Path) -> list[str]:
    """Command lines of what lives of the sandboxes that any of these processes has made.

    A sandbox's first process need not name the installation in its command line; it has the mark of its maker, which is
    `namespace/pid/start`, in its environment.
    """
    return [line for _, line in _marked(starters)]


def end_sandboxes(starters: Path) -> None:
    """End what lives of them: what was found is told, and nobody else is to stumble over it."""
    for pid, _ in _marked(starters):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _marked(starters: Path) -> Iterator[tuple[int, str]]:
    """Number and command line of each."""
    ours = set(starters.read_text().split())
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            for variable in (folder / "environ").read_bytes().split(b"\0"):
                if variable.startswith(_MARK) and variable.decode().split("/")[1] in ours:
                    yield int(folder.name), (folder / "cmdline").read_text(errors="replace").replace("\0", " ")


def unfinished(folder: Path) -> list[Path]:
    """Uploads that have no name yet, on all storages that are folders."""
    return sorted(chain(folder.glob("*/.incoming/*"), folder.glob("ftp/*/.part-*")))


def _never_swept(scene: Scene, environment: Mapping[str, str]) -> list[Path]:
    """What of the uploads that deaths broke off is there even after the next ones, a day later: they are nobody's only then."""
    if not (found := unfinished(scene.folder)):
        return []
    for path in found:
        os.utime(path, (long_ago := time.time() - LONG_AGO_S, long_ago))
    command = [sys.executable, "-m", "tests.crash.uploading", str(scene.folder / "aslo.toml")]
    path = os.pathsep.join([*filter(None, [environment.get("PYTHONPATH")]), *python_path()])
    subprocess.run(command, cwd=scene.folder, env={**os.environ, **environment, "PYTHONPATH": path}, check=True)
    return unfinished(scene.folder)
