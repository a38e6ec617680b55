"""The packer as a builder sees it: what to run, and which files it needs to see."""

from __future__ import annotations

import platform
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import aslo_core
from aslo_core.types import Toolchain

_PACKER_FILES = ("__init__.py", "errors.py", "plain_text.py", "source_limits.py", "bundle")


@dataclass(frozen=True)
class PackerProgram:
    """How to run the packer where nothing is installed but a bare Python.

    Attributes:
        module: name of the module to run as a program.
        readable: absolute paths, of files and folders, that must be visible at the very same place; read-only is enough.
        roots: absolute paths of the folders that go on `sys.path`. Bind `readable` rather than these: more lies in them.
    """

    module: str
    readable: tuple[Path, ...]
    roots: tuple[Path, ...]

    def command(self, python: str = sys.executable) -> tuple[str, ...]:
        """The program and its arguments.

        Python runs isolated (`-I`), without site-packages (`-S`) and writes no bytecode (`-B`). Standard input is the source
        tar, standard output the bundle, standard error the log; exit status 0 is success, 65 (`EX_DATAERR` of sysexits.h)
        means that the source is at fault and that the last line of the log says why, as JSON with the keys `rule`, `found`,
        `cure` and `file`. Files are spooled to the directory in `TMPDIR`, else `/tmp`.

        Args:
            python: the interpreter, Python 3.11 or newer, as it is named inside the sandbox.
        """
        start = f"import sys, runpy; sys.path[:0] = {[str(root) for root in self.roots]!r}; "
        run = f"runpy.run_module({self.module!r}, run_name='__main__', alter_sys=True)"
        return (python, "-I", "-S", "-B", "-c", start + run)


def packer_program() -> PackerProgram:
    """Find the packer in this installation."""
    core = Path(aslo_core.__file__).resolve().parent
    return PackerProgram(
        module="aslo_core.bundle.packer",
        readable=tuple(core / name for name in _PACKER_FILES),
        roots=(core.parent,),
    )


def packer_toolchain() -> Toolchain:
    """Name the packer of this installation, run by the Python that runs this process."""
    runtime = f"{platform.python_implementation()} {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return Toolchain(name="aslo-packer", version=aslo_core.__version__, runtime=runtime)
