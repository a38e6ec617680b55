"""A source as Sugar's builder wants it: files in a folder, a Python with the toolkit, and git's word on which are tracked.

Runs in a root tree (`aslo_core.rootfs`).
"""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from aslo_core.bundle.source_tar import SourceTar

_PATH = "/opt/aslo/bin:/usr/bin:/bin"
_LONGEST_LINE = 8192
_SHOWN = 300
_BY_LIMITS = (signal.SIGXCPU, signal.SIGKILL)


@dataclass(frozen=True)
class Ran:
    """How a process ended.

    Attributes:
        status: exit status, or minus the number of a signal.
        last: the last line that it said, or that it said nothing.
    """

    status: int
    last: str


@dataclass(frozen=True)
class WorkingCopy:
    """Files of a source in a folder.

    Attributes:
        tree: the folder of the files.
        index: names of those that count as tracked, each followed by a zero byte, as `git ls-files -z` tells them.
    """

    tree: Path
    index: Path

    @classmethod
    def written(cls, source: SourceTar, folder: Path, paths: Iterable[str]) -> WorkingCopy:
        """Write some files of a source below an empty folder; all of them count as tracked."""
        copy = cls(folder / "source", folder / "index")
        copy.tree.mkdir()
        with copy.index.open("wb") as index:
            for path in paths:
                index.write(path.encode() + b"\0")
                file = copy.tree / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(source.read(path))
                file.chmod(0o755 if source.is_executable(path) else 0o644)
        return copy

    def run(self, command: Sequence[str], work: Path, log: Callable[[str], None]) -> Ran:
        """Run a command to the end of its output.

        One that a signal of a limit ends takes this process along: whoever confines it tells the limit by that.

        Args:
            command: program and arguments.
            work: its working directory, and its home.
            log: hears each line that it says, as it says it.
        """
        environment = {
            "PATH": _PATH,
            "HOME": str(work),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",  # so that the same source gives the same bundle
            "GIT_WORK_TREE": str(self.tree),
            "GIT_INDEX_FILE": str(self.index),
        }
        last = ""
        with subprocess.Popen(
            command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            while process.stdout is not None and (piece := process.stdout.readline(_LONGEST_LINE)):
                line = piece.decode("utf-8", "replace").rstrip("\r\n")
                last = line.strip() or last
                log(line)
        if -process.returncode in _BY_LIMITS:
            os.kill(os.getpid(), -process.returncode)
        return Ran(process.returncode, last[:_SHOWN] or "it said nothing")
