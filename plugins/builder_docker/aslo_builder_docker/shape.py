"""What a container is made with: everything it is denied, and every limit that has to be known beforehand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import docker
from docker.types import LogConfig, Ulimit

from aslo_core.api import BuildLimits, confined, rootfs

USER = 1000
"""User and group inside, who own nothing there."""

_SCRATCH = "/tmp"  # noqa: S108 - inside, in memory
_OPEN_FILES = 256


ProgramName = Literal["packer", "sugar", "setup.py"]

PROGRAMS: Mapping[ProgramName, str] = MappingProxyType(
    {
        "packer": "aslo_core.bundle.packer",
        "sugar": "aslo_core.bundle.sugar_builder",
        "setup.py": rootfs.SETUP_BUILDER,
    }
)
"""Modules that pack: the first two by their names among the options, the last where the core asks for it."""

INSPECTOR = "aslo_core.bundle.inspector"
"""The module that looks into bundles, whatever packs."""


@dataclass(frozen=True)
class Shape:
    """What a container is made with: limits of all that runs in it, whatever that is.

    Attributes:
        cpu_seconds, memory_bytes, processes, scratch_bytes: as in `BuildLimits`.
    """

    cpu_seconds: int
    memory_bytes: int
    processes: int
    scratch_bytes: int

    @classmethod
    def of(cls, limits: BuildLimits) -> Shape:
        """Take from limits what a container is made with; the others are enforced outside."""
        return cls(limits.cpu_seconds, limits.memory_bytes, limits.processes, limits.scratch_bytes)

    @property
    def memory_and_scratch(self) -> int:
        """Bytes that all processes may use together. Scratch is in memory, and the kernel counts it there."""
        return self.memory_bytes + self.scratch_bytes

    def holds(self, other: Shape) -> bool:
        """Whether a container of this shape serves for the other one, once its memory is narrowed to that one's.

        Its scratch may be larger, since that is a part of the memory; the rest a process takes on by itself. How many processes
        there are cannot be changed.
        """
        return (
            self.processes == other.processes
            and self.cpu_seconds >= other.cpu_seconds
            and self.scratch_bytes >= other.scratch_bytes
            and self.memory_and_scratch >= other.memory_and_scratch
        )

    def host_config(self, api: docker.APIClient, processors: float, runtime: str | None) -> dict[str, Any]:
        """The daemon's side of a container: what it keeps from the program."""
        made: dict[str, Any] = api.create_host_config(
            network_mode="none",
            ipc_mode="none",
            read_only=True,
            tmpfs={_SCRATCH: f"size={self.scratch_bytes},mode=1777,nosuid,nodev,noexec"},
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],  # the daemon adds its default profile of seccomp
            pids_limit=self.processes + 1,  # the first one does nothing but wait
            mem_limit=self.memory_and_scratch,
            memswap_limit=self.memory_and_scratch,
            nano_cpus=int(processors * 1e9),
            ulimits=[
                Ulimit(name="core", soft=0, hard=0),
                Ulimit(name="cpu", soft=self.cpu_seconds + 1, hard=self.cpu_seconds + 1),
                Ulimit(name="fsize", soft=self.scratch_bytes, hard=self.scratch_bytes),
                Ulimit(name="memlock", soft=0, hard=0),
                Ulimit(name="nofile", soft=_OPEN_FILES, hard=_OPEN_FILES),
            ],
            log_config=LogConfig(type="none"),  # what nobody reads would otherwise fill the daemon's disk
            oom_score_adj=1000,
            init=False,
            runtime=runtime,
        )
        return made


def command(preload: tuple[str, ...]) -> list[str]:
    """Command line of every container: the launcher, which is told later what to run.

    Args:
        preload: modules that are imported meanwhile.
    """
    order = confined.Order(
        action="run",
        task=None,
        preload=preload,
        roots=(str(rootfs.PROGRAMS),),
        ready_fd=2,
        user=None,
        parent=None,
        landlock="if-there",
        readable=("/",),
        writable=(_SCRATCH, "/dev/null"),
        processes=None,
    )
    return confined.start_command(rootfs.PYTHON, rootfs.LAUNCHER, order)


def task(module: str, limits: BuildLimits) -> confined.Task:
    """What a container is told: a program, and the limits that each of its processes takes on by itself."""
    return confined.Task(
        module=module,
        cpu_seconds=limits.cpu_seconds,
        memory_bytes=limits.memory_bytes,
        file_bytes=limits.scratch_bytes,
    )
