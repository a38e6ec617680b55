"""The users of a namespace that root makes: root, who sets the sandbox up in it, and nobody, who the program becomes."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from aslo_builder_bubblewrap.confinement import NOBODY
from aslo_core.api import Transient

_SECONDS = 20


class TwoUsers:
    """Writes the user maps of a sandbox from outside (user_namespaces(7)).

    bubblewrap itself maps one user. With these flags it tells which process is in the new namespace, and waits until the maps
    are written. It then cannot forbid further namespaces inside; Landlock forbids mounting in such.
    """

    def __init__(self) -> None:
        self._info, info = os.pipe()
        block, self._unblock = os.pipe()
        self.inherited: tuple[int, ...] = (info, block)
        """File descriptors that bubblewrap gets."""

    @property
    def flags(self) -> Iterator[str]:
        """Flags for bubblewrap: what it takes to become somebody else inside, and no more."""
        info, block = self.inherited
        yield from ("--info-fd", str(info), "--userns-block-fd", str(block), "--uid", "0", "--gid", "0")
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")

    def map(self) -> None:
        """Wait for the namespace, write its maps and let bubblewrap go on.

        Raises:
            Transient: there is no namespace in time, or its maps cannot be written.
        """
        _close(*self.inherited)
        self.inherited = ()
        said = b""
        while b"}" not in said:
            if not select.select([self._info], [], [], _SECONDS)[0]:
                raise Transient(f"bubblewrap made no user namespace in {_SECONDS} seconds")
            if not (piece := os.read(self._info, 4096)):
                return  # it gave up, and says why on standard error
            said += piece
        child = Path("/proc", str(json.loads(said)["child-pid"]))
        try:
            for name in ("uid_map", "gid_map"):
                (child / name).write_text(f"0 0 1\n{NOBODY} {NOBODY} 1\n", encoding="ascii")
            os.write(self._unblock, b"\n")
        except OSError as error:
            raise Transient(f"the users of the sandbox could not be set: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _close(self._info, self._unblock, *self.inherited)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
