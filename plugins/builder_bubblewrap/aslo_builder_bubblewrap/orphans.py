"""Sandboxes whose process was killed in the moment in which they were being made.

bubblewrap's first process inside waits for the one outside to say that all is set up, and only then asks the kernel to end it
with its parent: when the one outside dies before, it waits for ever. So each is started with a mark in its environment, which
says who started it, and which bubblewrap clears before anything runs inside.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

_NAME = "ASLO_SANDBOX_OF"
_START_TIME = 22 - 3
"""Place of a process's start, in ticks since the machine's, behind its name in `/proc/<pid>/stat`: proc_pid_stat(5)."""

log = structlog.get_logger(__name__)


def marked() -> dict[str, str]:
    """The environment of what this process starts."""
    return {_NAME: f"{_namespace()}/{os.getpid()}/{_started(os.getpid())}"}


def sweep() -> None:
    """End all that is marked and whose starter is gone. What was started in other namespaces of processes is left alone."""
    here = _namespace()
    for pid, mark in _all_marked():
        namespace, starter, started = mark.split("/")
        if namespace == here and _started(int(starter)) != started:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                log.warning("builder_bubblewrap.orphan_ended", pid=pid, starter=int(starter))


def _all_marked() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):  # it has ended, or is somebody else's
            for variable in (folder / "environ").read_bytes().split(b"\0"):
                name, _, value = variable.partition(b"=")
                if name == _NAME.encode() and value.count(b"/") == 2:  # noqa: PLR2004 - as `marked` writes it
                    yield int(folder.name), value.decode("ascii", "replace")


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)


def _started(pid: int) -> str:
    """When a process was started; empty where there is none."""
    try:
        stat = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[_START_TIME]
