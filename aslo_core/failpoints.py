"""Named moments at which the process can be made to die: before and after each commit, send, outside effect and rename.

`ASLO_FAILPOINT=name:n` kills the process, as the power going would, when it comes to the point `name` for the n-th time; the
process must then have left nothing that the next start does not put right. `ASLO_FAILPOINT_TRACE=file` adds the name of each
point that is reached to a file, one a line. Without these, a point costs a look at a remembered answer.

Every name stands in one call alone; docs/reference/failpoints.md lists them all.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from functools import cache

KILL = "ASLO_FAILPOINT"
TRACE = "ASLO_FAILPOINT_TRACE"


def failpoint(name: str) -> None:
    """Come to a point: die here if this is where the environment of the process wants it to.

    Args:
        name: of the point, a literal that no other call has: `<part>.<what is done>.before` or `.after`.
    """
    reach = _reach()
    if reach is not None:
        reach(name)


@cache
def _reach() -> Callable[[str], None] | None:
    """What to do at every point, by the environment that the process began with; None for nothing."""
    return armed(os.environ)


def armed(environment: Mapping[str, str]) -> Callable[[str], None] | None:
    """Give what to do at every point.

    Args:
        environment: of the process.

    Raises:
        ValueError: `ASLO_FAILPOINT` is not written as `name:n`, with n at least 1.
    """
    kill, trace = environment.get(KILL, ""), environment.get(TRACE, "")
    if not kill and not trace:
        return None
    wanted, _, count = kill.partition(":")
    if kill and not (wanted and count.isdecimal() and int(count)):
        raise ValueError(f"{KILL} is {kill!r}; write name:n, with n for the n-th time, from 1")
    left = int(count or 0)
    lock = threading.Lock()
    descriptor = os.open(trace, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600) if trace else None

    def reach(name: str) -> None:
        nonlocal left
        with lock:
            if descriptor is not None:
                os.write(descriptor, f"{name}\n".encode())
            if name == wanted:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    return reach
