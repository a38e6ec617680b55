"""Landlock: rules of the kernel on which files this process, and all that it starts, may touch.

Source: https://docs.kernel.org/userspace-api/landlock.html and `linux/landlock.h`. The three system calls have the same numbers
on every architecture; the C library has no functions for them.
"""

from __future__ import annotations

import ctypes
import os
import stat
from typing import TYPE_CHECKING

from .privileges import last_error

if TYPE_CHECKING:
    from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_FILE_RIGHTS_SINCE_5 = (1 << 16) - 1
_TCP_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

ABI_TCP = 4
"""First version that can forbid TCP."""
ABI_SCOPES = 6
"""First version that can forbid signals to, and abstract sockets of, processes outside."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi() -> int:
    """Version of Landlock in the running kernel; 0 where there is none, or it is switched off."""
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    except OSError:
        return 0


def restrict(readable: Sequence[str], writable: Sequence[str]) -> None:
    """Give up, for good, every file but these; TCP, signals and abstract sockets too where the kernel knows how.

    The process must have no new privileges already.

    Args:
        readable: files and folders that may be read and executed.
        writable: files and folders that may be written to, beside being read.

    Raises:
        OSError: the kernel has no Landlock, or a path does not exist.
    """
    version = abi()
    handled = _FILE_RIGHTS.get(version, _FILE_RIGHTS_SINCE_5)
    ruleset = _Ruleset(
        files=handled,
        network=_TCP_BIND_AND_CONNECT if version >= ABI_TCP else 0,
        scoped=_ABSTRACT_SOCKETS_AND_SIGNALS if version >= ABI_SCOPES else 0,
    )
    # An older kernel refuses a longer structure than it knows, even when the rest is zero.
    size = 24 if version >= ABI_SCOPES else 16 if version >= ABI_TCP else 8
    rules = _call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(rules, path, _READ)
        for path in writable:
            _allow(rules, path, handled)
        _call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _ON_FILES
        rule = _PathBeneath(allowed=rights, parent_fd=place)
        _call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_RULE_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise last_error(f"system call {number}")
    return int(result)
