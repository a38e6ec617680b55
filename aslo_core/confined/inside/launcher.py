"""First thing that runs in the confined process: takes on the limits, says so, and becomes the program.

Order matters: what needs a right comes before that right is given up.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import resource
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import first, landlock, privileges
from .order import EX_DATAERR, READY, Order, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN_FILES = 256


def main() -> None:
    """Carry out the order in the first argument."""
    order = Order.from_json(sys.argv[1])
    _die_before_others()
    _limit(_of_all(order))
    if order.task is not None:
        _limit(_of(order.task))
    if order.user is not None:
        privileges.become(order.user)
    if order.parent is not None:
        privileges.die_with(order.parent)
    privileges.drop_capabilities()
    privileges.no_new_privileges()
    if order.landlock == "require" or (order.landlock == "if-there" and landlock.abi()):
        landlock.restrict(order.readable, order.writable)
    sys.path[:0] = order.roots
    for name in order.preload:
        importlib.import_module(name)
    _say_ready(order)
    if order.action == "import":
        return
    task = order.task or _told()
    first.step_aside(task.cpu_seconds)
    _run(task)


def _die_before_others() -> None:
    """Be what the kernel kills first when the machine has no memory left, rather than ASLO itself."""
    with contextlib.suppress(OSError):  # no /proc, or the kernel has no such file: nothing is lost but the preference
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _of_all(order: Order) -> Mapping[int, int | None]:
    """Limits that do not depend on the task."""
    return {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: order.processes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_MEMLOCK: 0,
    }


def _of(task: Task) -> Mapping[int, int | None]:
    return {
        resource.RLIMIT_CPU: task.cpu_seconds,
        resource.RLIMIT_AS: task.memory_bytes,
        resource.RLIMIT_FSIZE: task.file_bytes,
    }


def _limit(limits: Mapping[int, int | None]) -> None:
    for kind, limit in limits.items():
        if limit is None:
            continue
        # At the soft limit of processor time comes SIGXCPU, which tells what happened; at the hard one comes SIGKILL.
        hard = limit + 1 if kind == resource.RLIMIT_CPU else limit
        ceiling = resource.getrlimit(kind)[1]
        highest = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        resource.setrlimit(kind, (min(limit, highest), highest))


def _say_ready(order: Order) -> None:
    os.write(order.ready_fd, READY)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def _told() -> Task:
    """Hear the task, and take on its limits. Not a byte is read of what follows: that is the program's."""
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := os.read(0, 1)):
            raise SystemExit("nothing is to be run: whoever started this is gone")
        line += byte
    task = Task.from_line(line)
    _limit(_of(task))
    return task


def _run(task: Task) -> None:
    sys.argv = [task.module]
    sys.modules.pop(task.module, None)  # only what it imports is to be there: it runs as `__main__`
    try:
        runpy.run_module(task.module, run_name="__main__", alter_sys=True)
    except MemoryError:
        _blame("build.memory-limit", f"The build needed more than {task.memory_bytes} bytes of memory ([build] memory_mib).")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EFBIG):
            raise
        _blame("build.scratch-limit", f"The build needed more than {task.file_bytes} bytes for files ([build] scratch_mib).")


def _blame(rule: str, found: str) -> None:
    cure = "Make the source smaller, or ask the operator to raise this limit."
    sys.stderr.write(json.dumps({"rule": rule, "found": found, "cure": cure}) + "\n")
    raise SystemExit(EX_DATAERR)
