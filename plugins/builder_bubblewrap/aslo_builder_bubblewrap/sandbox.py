"""A program in namespaces of its own, by bubblewrap: no network, no other processes, no files but those it needs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aslo_builder_bubblewrap import orphans
from aslo_builder_bubblewrap.confinement import NOBODY, Job, Running, spawned
from aslo_builder_bubblewrap.runtime import Runtime
from aslo_builder_bubblewrap.users import TwoUsers
from aslo_core.api import BuildLimits, ConfinedProgram, Isolation, confined

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SCRATCH = "/tmp"  # noqa: S108
_MADE = frozenset({Path("/"), Path(_SCRATCH)})


@dataclass(frozen=True)
class Sandbox:
    """Runs jobs under one `bwrap` program.

    Attributes:
        bwrap: path of the program.
        version: what it says of its version.
        runtime: the Python inside.
        privileged: whether we are root. Root of the host, even without any capability, still owns root's files and is exempt
            from limits on processes; so the program then becomes `nobody`, which takes a namespace with two users.
        root: a root tree that is seen in place of the host's files, `runtime` being a part of it.
    """

    bwrap: Path
    version: str
    runtime: Runtime
    privileged: bool
    root: Path | None = None

    @property
    def isolation(self) -> Isolation:
        """Namespaces of its own."""
        return Isolation(level="sandbox", detail=self.version)

    @contextmanager
    def start(self, job: Job) -> Iterator[Running]:
        """Start a job, see `Confinement.start`."""
        ready = os.pipe()
        order = confined.Order(
            action=job.action,
            task=job.task,
            preload=job.preload,
            roots=tuple(str(root) for root in job.program.roots),
            ready_fd=ready[1],
            user=NOBODY if self.privileged else None,
            parent=None,
            landlock="if-there",
            readable=("/",),
            writable=(_SCRATCH, "/dev/null"),
            processes=job.limits.processes,
        )
        command = self.runtime.command(order)
        with contextlib.ExitStack() as stack:
            if not self.privileged:
                arguments = self.around(command, job.program, job.limits)
                yield stack.enter_context(spawned(arguments, orphans.marked(), ready))
                return
            users = stack.enter_context(TwoUsers())
            arguments = self._around(command, users.flags, job.program, job.limits)
            running = stack.enter_context(spawned(arguments, orphans.marked(), ready, *users.inherited))
            users.map()
            yield running

    def around(self, command: Sequence[str], program: ConfinedProgram, limits: BuildLimits) -> list[str]:
        """Command line that runs another one in a sandbox, as `nobody` from the start.

        Args:
            command: what to run.
            program: the files that it needs to see, beside the Python.
            limits: the size of `/tmp`.
        """
        return self._around(command, _as_nobody(), program, limits)

    def _around(self, command: Sequence[str], users: Iterable[str], program: ConfinedProgram, limits: BuildLimits) -> list[str]:
        readable = [(path, path) for path in program.readable]
        if self.root is None:  # in this order: packages lie in folders of the Python
            readable = [*((path, path) for path in self.runtime.readable), *readable]
        else:
            readable = [*_within(self.root), *readable]
        arguments = [str(self.bwrap), *_isolate(), *users, *_see(readable, limits)]
        for name, value in (self.runtime.environment | {"TMPDIR": _SCRATCH, "HOME": _SCRATCH}).items():
            arguments += ("--setenv", name, value)
        # Last, when every place to mount on is made: the root is memory of the host, without a limit.
        return [*arguments, "--remount-ro", "/", "--chdir", "/", "--", *command]


def _isolate() -> Iterator[str]:
    yield from ("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL")
    yield from ("--hostname", "sandbox")


def _as_nobody() -> Iterator[str]:
    yield from ("--uid", str(NOBODY), "--gid", str(NOBODY), "--disable-userns")


def _within(root: Path) -> Iterator[tuple[Path, Path]]:
    """Each folder of a root tree, and where it is seen; not those that are made for every sandbox."""
    for folder in sorted(root.iterdir()):
        if folder.name not in ("dev", "proc", "sys", "tmp"):
            yield folder, Path("/", folder.name)


def _see(readable: Sequence[tuple[Path, Path]], limits: BuildLimits) -> Iterator[str]:
    """Mount what the program sees. Scratch comes first, for what lies below `/tmp` on the host is then mounted in it."""
    yield from ("--proc", "/proc")
    yield from ("--perms", "1777", "--size", str(limits.scratch_bytes), "--tmpfs", _SCRATCH)
    # bubblewrap makes missing folders itself, but some versions so that their owner alone may enter.
    places = (*map(Path, _DEVICES), *(place for _, place in readable))
    for folder in sorted({parent for place in places for parent in place.parents} - _MADE):
        yield from ("--perms", "0755", "--dir", str(folder))
    for device in _DEVICES:
        yield from ("--dev-bind", device, device)
    hidden = [place / "site-packages" for path, place in readable if (path / "site-packages").is_dir()]
    for path, place in readable:
        yield from ("--ro-bind", str(path), str(place))
        if place / "site-packages" in hidden:
            yield from ("--tmpfs", str(place / "site-packages"))
    # Only now, since a package that a program needs may lie in one.
    for packages in hidden:
        yield from ("--remount-ro", str(packages))
