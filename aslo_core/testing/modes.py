"""The modes of files, as a fault: nobody may read or write, not even root, to whom the kernel forbids nothing otherwise."""

from __future__ import annotations

import ctypes
import os
import stat
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_VERSION = 0x20080522
"""_LINUX_CAPABILITY_VERSION_3: two sets of 32 bits each (capget(2))."""
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
"""Numbers of the two capabilities that pass over modes (capabilities(7))."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def obeyed() -> Iterator[None]:
    """Hold this thread, and no other one, to the modes of files while the block runs, even as root."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(_VERSION, 0), (_Sets * 2)()
    _check(libc.capget(ctypes.byref(header), sets))
    before = sets[0].effective
    sets[0].effective = before & ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    _check(libc.capset(ctypes.byref(header), sets))
    try:
        yield
    finally:
        sets[0].effective = before
        _check(libc.capset(ctypes.byref(header), sets))


@contextmanager
def forbidden(folder: Path) -> Iterator[None]:
    """Let nobody who is held to modes write to a folder, or see what lies in the folders in it."""
    with ExitStack() as undo:
        for path, mode in [*((path, 0) for path in folder.iterdir() if path.is_dir()), (folder, 0o555)]:
            undo.callback(path.chmod, stat.S_IMODE(path.stat().st_mode))
            path.chmod(mode)
        yield


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
