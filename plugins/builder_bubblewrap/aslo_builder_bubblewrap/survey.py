"""Run as a script by the Python that is to be made visible in a sandbox: tells which files that takes, as JSON.

Its arguments are further compiled modules that are to be imported there.

Imports the standard library alone. Asking the dynamic loader itself for the names that it opened (dl_iterate_phdr(3)) works
for every layout: Debian's, a Python in a home directory, one with its own shared libraries beside it.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

_FOR_TERMINALS_AND_WINDOWS = ("_tkinter", "_curses", "readline", "_dbm", "_gdbm", "nis")


class _LoadedObject(ctypes.Structure):
    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))


def main() -> None:
    """Print the folders of the standard library, and the shared libraries that it needs."""
    folders = [folder for folder in sys.path if Path(folder).exists()]
    modules = {str(module) for folder in folders for module in Path(folder).glob("*.so")} | {*sys.argv[1:]}
    for module in modules:
        if not Path(module).name.startswith(_FOR_TERMINALS_AND_WINDOWS):
            _load(module)
    libraries = sorted(name for name in _loaded() if name.startswith("/") and name not in modules)
    outermost = [folder for folder in folders if not any(str(parent) in folders for parent in Path(folder).parents)]
    json.dump({"folders": outermost, "libraries": libraries}, sys.stdout)


def _load(module: str) -> None:
    """Load a module's libraries without running its initialisation."""
    try:
        ctypes.CDLL(module, mode=os.RTLD_LAZY)
    except OSError as error:
        # A module whose library is missing cannot be imported outside the sandbox either.
        sys.stderr.write(f"{module}: {error}\n")


def _loaded() -> list[str]:
    names: list[str] = []
    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_LoadedObject), ctypes.c_size_t, ctypes.c_void_p)

    def note(loaded: ctypes._Pointer[_LoadedObject], _size: int, _data: int | None) -> int:
        names.append(os.fsdecode(loaded.contents.name or b""))
        return 0

    ctypes.CDLL(None).dl_iterate_phdr(callback_type(note), None)
    return names


if __name__ == "__main__":
    main()
