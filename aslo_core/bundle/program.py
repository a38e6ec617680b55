"""The packer and the inspector as a builder sees them: what to run, and which files it needs to see."""

from __future__ import annotations

import importlib.util
import platform
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import aslo_core
from aslo_core.types import Toolchain

_CORE_FILES = ("__init__.py", "errors.py", "plain_text.py", "source_limits.py", "bundle")


@dataclass(frozen=True)
class ConfinedProgram:
    """How to run a program of ours where nothing is installed but a bare Python.

    Attributes:
        module: name of the module to run as a program.
        readable: absolute paths, of files and folders, that must be visible at the very same place; read-only is enough.
        roots: absolute paths of the folders that go on `sys.path`. Bind `readable` rather than these: more lies in them.
        extensions: compiled modules among `readable`; the shared libraries that these load have to be visible, too.
    """

    module: str
    readable: tuple[Path, ...]
    roots: tuple[Path, ...]
    extensions: tuple[Path, ...] = ()

    def placed(self) -> tuple[tuple[Path, Path], ...]:
        """Each of `readable`, and where it lies below its root; of several, the innermost: one may lie in another."""
        return tuple(
            (
                path,
                min((path.relative_to(root) for root in self.roots if path.is_relative_to(root)), key=lambda at: len(at.parts)),
            )
            for path in self.readable
        )

    def command(self, python: str = sys.executable) -> tuple[str, ...]:
        """The program and its arguments.

        Python runs isolated (`-I`), without site-packages (`-S`) and writes no bytecode (`-B`). What comes
        in is standard input, what goes out standard output, the log standard error; exit status 0 is success, 65
        (`EX_DATAERR` of sysexits.h) means that what came in is at fault and that the last line of the log says why, as JSON
        with the keys `rule`, `found`, `cure` and `file`. Files are spooled to the directory in `TMPDIR`, else `/tmp`.

        Args:
            python: the interpreter, Python 3.11 or newer, as it is named inside the sandbox.
        """
        start = f"import sys, runpy; sys.path[:0] = {[str(root) for root in self.roots]!r}; "
        run = f"runpy.run_module({self.module!r}, run_name='__main__', alter_sys=True)"
        return (python, "-I", "-S", "-B", "-c", start + run)


def packer_program() -> ConfinedProgram:
    """Find the packer in this installation: a source tar becomes a bundle."""
    core = Path(aslo_core.__file__).resolve().parent
    return ConfinedProgram(
        module="aslo_core.bundle.packer",
        readable=tuple(core / name for name in _CORE_FILES),
        roots=(core.parent,),
    )


def inspector_program() -> ConfinedProgram:
    """Find the inspector in this installation: material becomes findings.

    It needs `resvg_py` beside the standard library: one folder, whose compiled module loads libgcc_s, libm and libc.

    Raises:
        LookupError: `resvg_py` is not installed.
    """
    spec = importlib.util.find_spec("resvg_py")
    if spec is None or spec.origin is None:
        raise LookupError("the package resvg-py is not installed: install what requirements.txt names")
    resvg = Path(spec.origin).resolve().parent
    packer = packer_program()
    return ConfinedProgram(
        module="aslo_core.bundle.inspector",
        readable=(*packer.readable, resvg),
        roots=(*packer.roots, resvg.parent),
        extensions=tuple(resvg.glob("*.so")),
    )


def packer_toolchain() -> Toolchain:
    """Name the packer of this installation, run by the Python that runs this process."""
    runtime = f"{platform.python_implementation()} {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return Toolchain(name="aslo-packer", version=aslo_core.__version__, runtime=runtime)
