"""What the confined process is told to do: the values that cross from outside to inside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

READY = b"ready\n"
"""Written to `ready_fd` once every limit is in force, so that the outside can tell a failed start from a failed build."""

EX_DATAERR = 65
"""Exit status for "the source is at fault"; the log's last line says why, as JSON (sysexits.h)."""


@dataclass(frozen=True)
class Task:
    """A program to run, and what each of its processes may use.

    Attributes:
        module: name of the Python module.
        cpu_seconds: processor time.
        memory_bytes: address space.
        file_bytes: size of a file.
    """

    module: str
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int

    def to_line(self) -> bytes:
        """Write it as one line, for a launcher that waits for it."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Task:
        """Read what `to_line` wrote."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Order:
    """How to confine the process, and what to do then.

    Attributes:
        action: `run` the task, or only `import` the modules of `preload` to find out whether it could run.
        task: what to run, or None where that is told by the first line of standard input once `READY` was said; its limits are
            then taken on with it.
        preload: modules to import before `READY` is said, so that a program that is waited for is there at once.
        roots: folders that come first on `sys.path`.
        ready_fd: file descriptor that `READY` is written to.
        user: number of the user and the group to become, or None to stay.
        parent: process to die with, or None where the namespaces see to that.
        landlock: `require` it, use it `if-there`, or `off`.
        readable: paths that Landlock lets be read.
        writable: paths that Landlock lets be written to.
        processes: processes and threads of the user, or None where a control group counts them: without a user namespace of
            its own, the kernel would count those of the host's user of that number, too.
    """

    action: Literal["run", "import"]
    task: Task | None
    preload: tuple[str, ...]
    roots: tuple[str, ...]
    ready_fd: int
    user: int | None
    parent: int | None
    landlock: Literal["require", "if-there", "off"]
    readable: tuple[str, ...]
    writable: tuple[str, ...]
    processes: int | None

    def to_json(self) -> str:
        """Write it as one argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        sequences = {name: tuple(fields[name]) for name in ("preload", "roots", "readable", "writable")}
        return cls(**(fields | sequences | {"task": fields["task"] and Task(**fields["task"])}))
