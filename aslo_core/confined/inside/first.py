"""The first process of a PID namespace, which a container's program would be: no signal ends it that it does not handle.

That holds for the kernel's own, too (pid_namespaces(7)): a limit of processor time that is reached (SIGXCPU) would be none.
"""

from __future__ import annotations

import os

from . import privileges

_SIGNAL_STATUS = 128
_FIRST = 1


def step_aside() -> None:
    """Go on in a child, if this is the first process; that one waits, and ends with the child's status.

    A signal that ended the child becomes 128 and its number, as a shell has it.
    """
    if os.getpid() != _FIRST:
        return
    privileges.be_traceable(yes=False)
    if not (child := os.fork()):
        privileges.be_traceable(yes=True)  # as any program; the first process stays out of its reach
        return
    os.closerange(0, 3)  # so that the end of the child's output is the end of all output
    ended, status = os.wait()
    while ended != child:  # somebody else's child, which was left to the first process
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else _SIGNAL_STATUS - code)
