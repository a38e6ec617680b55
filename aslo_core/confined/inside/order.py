"""What the confined process is told to do: the one value that crosses from outside to inside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

READY = b"ready\n"
"""Written to `ready_fd` once every limit is in force, so that the outside can tell a failed start from a failed build."""

EX_DATAERR = 65
"""Exit status for "the source is at fault"; the log's last line says why, as JSON (sysexits.h)."""


@dataclass(frozen=True)
class Order:
    """Limits to take on, and what to do then.

    Attributes:
        action: `run` the module as a program, or only `import` it to find out whether it could run.
        module: name of the Python module.
        preload: modules to import before `READY` is said, so that a program that waits for its source waits for nothing else.
        roots: folders that come first on `sys.path`.
        ready_fd: file descriptor that `READY` is written to.
        user: number of the user and the group to become, or None to stay.
        parent: process to die with, or None where the namespaces see to that.
        landlock: `require` it, use it `if-there`, or `off`.
        readable: paths that Landlock lets be read.
        writable: paths that Landlock lets be written to.
        cpu_seconds: processor time of a process.
        memory_bytes: address space of a process.
        processes: processes and threads of the user, or None where a control group counts them: without a user namespace of
            its own, the kernel would count those of the host's user of that number, too.
        file_bytes: size of a file.
    """

    action: Literal["run", "import"]
    module: str
    roots: tuple[str, ...]
    ready_fd: int
    user: int | None
    parent: int | None
    landlock: Literal["require", "if-there", "off"]
    readable: tuple[str, ...]
    writable: tuple[str, ...]
    cpu_seconds: int
    memory_bytes: int
    processes: int | None
    file_bytes: int
    preload: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write it as one argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls(**(fields | {name: tuple(fields[name]) for name in ("roots", "readable", "writable", "preload")}))
