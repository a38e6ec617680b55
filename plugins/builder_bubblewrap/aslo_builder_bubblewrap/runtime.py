"""The Python that the confined process runs: which one, and every file that it needs to see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aslo_builder_bubblewrap import survey
from aslo_core.api import Transient, confined

_SURVEY_SECONDS = 60


@dataclass(frozen=True)
class Runtime:
    """A Python interpreter and what it takes to run it where nothing else is.

    Attributes:
        executable: path of the interpreter, no link.
        folders: the standard library's folders (or zip file), as the interpreter names them.
        libraries: shared libraries and the dynamic loader, by the names that the loader opens.
        launcher: folder of the launcher's package.
    """

    executable: Path
    folders: tuple[Path, ...]
    libraries: tuple[Path, ...]
    launcher: Path

    @property
    def readable(self) -> tuple[Path, ...]:
        """Everything that must be visible, each by the name it is asked for; some are links."""
        return (self.executable, *self.folders, *self.libraries, self.launcher)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that the interpreter needs.

        The loader's cache of other folders (`/etc/ld.so.cache`) is not visible to it, so that they are named.
        """
        folders = dict.fromkeys(str(library.parent) for library in self.libraries)
        return {"LD_LIBRARY_PATH": ":".join(folders), "LANG": "C.UTF-8"}

    def command(self, order: confined.Order) -> list[str]:
        """Command line that makes the interpreter carry out an order."""
        return confined.start_command(str(self.executable), self.launcher, order)


def this_runtime(extensions: Sequence[Path] = ()) -> Runtime:
    """Find out about the Python that runs this very process.

    Args:
        extensions: compiled modules whose shared libraries it has to find as well.

    Raises:
        Transient: it could not be asked.
    """
    # In a virtual environment this is the interpreter it was made from, even where the environment has a copy.
    return runtime_of(Path(vars(sys).get("_base_executable") or sys.executable), extensions)


def runtime_of(interpreter: Path, extensions: Sequence[Path] = ()) -> Runtime:
    """Find out about a Python by asking it, in a process of its own.

    Raises:
        Transient: it could not be asked.
    """
    base = interpreter.resolve()
    command = [str(base), "-I", "-S", "-B", str(Path(survey.__file__).resolve()), *map(str, extensions)]
    try:
        done = subprocess.run(command, env={}, capture_output=True, timeout=_SURVEY_SECONDS, check=True, cwd="/")
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        said = getattr(error, "stderr", b"") or b""
        raise Transient(f"{base} could not be asked which files it needs: {error} {os.fsdecode(said)[-500:]}") from error
    return Runtime(
        executable=base,
        folders=tuple(Path(folder) for folder in found["folders"]),
        # `bin/../lib/libpython3.so` and the like; no further resolving: the loader has to find them by these names.
        libraries=tuple(Path(os.path.normpath(library)) for library in found["libraries"]),
        launcher=confined.launcher_package(),
    )
