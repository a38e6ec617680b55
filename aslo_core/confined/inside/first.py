"""The first process of a PID namespace, which a container's program would be: no signal ends it that it does not handle.

That holds for the kernel's own, too (pid_namespaces(7)): a limit of processor time that is reached (SIGXCPU) would be none.
"""

from __future__ import annotations

import os
import signal

from . import privileges

_SIGNAL_STATUS = 128
_FIRST = 1


def step_aside(cpu_seconds: int) -> None:
    """Go on in a child, if this is the first process; that one waits, and ends with the child's status.

    A signal that ended the child becomes 128 and its number, as a shell has it. SIGKILL becomes SIGXCPU where all processor
    time was used up: so the kernel ends who does not hear the warning, which from outside looks like being killed by anybody.

    Args:
        cpu_seconds: limit of processor time.
    """
    if os.getpid() != _FIRST:
        return
    privileges.be_traceable(yes=False)
    if not (child := os.fork()):
        privileges.be_traceable(yes=True)  # as any program; the first process stays out of its reach
        return
    os.closerange(0, 3)  # so that the end of the child's output is the end of all output
    ended, status, used = os.wait3(0)
    while ended != child:  # somebody else's child, which was left to the first process
        ended, status, used = os.wait3(0)
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL and used.ru_utime + used.ru_stime >= cpu_seconds:
        code = -signal.SIGXCPU
    os._exit(code if code >= 0 else _SIGNAL_STATUS - code)
