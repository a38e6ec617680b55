"""A real file system with little room, mounted where only chosen processes see it, so that nothing of it outlives them."""

from __future__ import annotations

import errno
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aslo_core.testing.processes import NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PLACE = Path("/mnt")
_OWN_NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount")


@dataclass(frozen=True)
class SmallDisk:
    """A tmpfs in the mount namespace of a process.

    Attributes:
        folder: its root, for every process of this user.
        inside: its root for what runs by `command`.
        holder: id of the process whose end is the disk's.
    """

    folder: Path
    inside: Path
    holder: int

    def command(self, program: Sequence[str | Path]) -> list[str | Path]:
        """What to run for a program to see the disk at `inside`; even as root it is held to the modes of files."""
        enter = ["nsenter", "--user", "--mount", "--preserve-credentials", "--target", str(self.holder)]
        return [*enter, "setpriv", "--bounding-set=-dac_override,-dac_read_search", *program]

    @contextmanager
    def full(self, room: int) -> Iterator[None]:
        """Leave `room` bytes on it, in whole pages, while the block runs."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                file.truncate(file.tell() - room)
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(mebibytes: int = 16) -> Iterator[SmallDisk]:
    """Mount a disk for as long as the block runs.

    Raises:
        NotInstalled: no file system can be mounted here.
    """
    mount = f"mount -t tmpfs -o size={mebibytes}m,mode=755 tmpfs {_PLACE} && echo ready && exec cat"
    command = [*_OWN_NAMESPACES, "sh", "-c", mount]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError as error:
        raise NotInstalled("unshare is not installed: install the package util-linux") from error
    with process:
        if process.stdout is None or (said := process.stdout.readline()) != b"ready\n":
            raise NotInstalled(
                f"no file system can be mounted in a user namespace here: {said.decode(errors='replace').strip()}"
            )
        yield SmallDisk(Path(f"/proc/{process.pid}/root{_PLACE}"), _PLACE, process.pid)
