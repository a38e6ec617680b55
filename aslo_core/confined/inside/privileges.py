"""Rights that the process gives up about itself, by calls that Python has no functions for."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (("words", ctypes.c_uint32 * 6),)


def become(user: int) -> None:
    """Become the user and the group of that number, in no other group, for good."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop_capabilities() -> None:
    """Give up every capability (capabilities(7)), which a process of root still has."""
    header, nothing = _CapabilityHeader(version=_CAPABILITY_VERSION_3), _CapabilitySets()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(header), ctypes.byref(nothing)):
        raise last_error("capset")


def no_new_privileges() -> None:
    """Make setuid programs and file capabilities give nothing any more (`PR_SET_NO_NEW_PRIVS`)."""
    _process_control(_PR_SET_NO_NEW_PRIVS, 1)


def die_with(parent: int) -> None:
    """Be killed when the process that started this one ends.

    Args:
        parent: its number, to notice when it has ended already.
    """
    _process_control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the process that started this one is gone")


def be_traceable(*, yes: bool) -> None:
    """Let others of the same user look into this process and its memory, or not (`PR_SET_DUMPABLE`, ptrace(2))."""
    _process_control(_PR_SET_DUMPABLE, int(yes))


def last_error(what: str) -> OSError:
    """The error of the last call through ctypes in this thread."""
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")


def _process_control(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise last_error(f"prctl({option}, {value})")
