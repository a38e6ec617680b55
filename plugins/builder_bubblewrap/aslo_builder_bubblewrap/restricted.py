"""A program in a process of its own with fewer rights, where no sandbox can be made: Landlock, else resource limits alone.

It sees other processes and can use the network except for TCP, so only ASLO's own programs run this way.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aslo_builder_bubblewrap.confinement import NOBODY, Job, Running, spawned
from aslo_builder_bubblewrap.runtime import Runtime
from aslo_builder_bubblewrap.scratch import scratch_folder
from aslo_core.api import ConfinedProgram, Isolation, confined


@dataclass(frozen=True)
class Restricted:
    """Runs jobs as a plain process.

    Attributes:
        runtime: the Python that runs them.
        landlock: version of Landlock in the kernel; 0 for none.
        privileged: whether the process becomes `nobody`; only root can do that.
    """

    runtime: Runtime
    landlock: int
    privileged: bool

    @property
    def isolation(self) -> Isolation:
        """Rules of the kernel on files where there are any."""
        user = ", as nobody" if self.privileged else ""
        if not self.landlock:
            return Isolation(level="process", detail=f"resource limits{user}")
        network = ", no TCP" if self.landlock >= confined.landlock.ABI_TCP else ""
        return Isolation(level="landlock", detail=f"Landlock ABI {self.landlock}{network}{user}")

    @contextmanager
    def start(self, job: Job) -> Iterator[Running]:
        """Start a job, see `Confinement.start`."""
        with scratch_folder() as folder:
            scratch, stage = folder / "scratch", folder / "program"
            for part in (folder, scratch, stage):
                part.mkdir(exist_ok=True)
                part.chmod(0o755)
            if self.privileged:
                os.chown(scratch, NOBODY, NOBODY)
            ready = os.pipe()
            readable = {stage, *(path.resolve() for path in self.runtime.readable)}
            order = confined.Order(
                action=job.action,
                task=job.task,
                preload=job.preload,
                roots=_staged(job.program, stage),
                ready_fd=ready[1],
                user=NOBODY if self.privileged else None,
                parent=os.getpid(),
                landlock="require" if self.landlock else "off",
                readable=tuple(sorted(str(path) for path in readable)),
                writable=(str(scratch),),
                # No further process: outside a namespace one could leave the group, and with it the reach of the kill.
                processes=0,
            )
            command = self.runtime.command(order)
            environment = self.runtime.environment | {"TMPDIR": str(scratch), "HOME": str(scratch)}
            with spawned(command, environment, ready) as running:
                yield running


def _staged(program: ConfinedProgram, stage: Path) -> tuple[str, ...]:
    """Copy the program to where nothing else is, and return its roots there.

    Python lists the folders on its path, and a rule of Landlock that allows this allows it for everything below: all that is
    installed, and what else lies there. Besides, `nobody` may be unable to read the program where it is.
    """
    roots = {root: stage / str(number) for number, root in enumerate(dict.fromkeys(program.roots))}
    for path in program.readable:
        # The innermost: what is installed may lie below the core's own folder.
        root = max((root for root in roots if path.is_relative_to(root)), key=lambda root: len(root.parts))
        copy = roots[root] / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, copy)
        else:
            shutil.copy(path, copy)
    return tuple(str(root) for root in roots.values())
