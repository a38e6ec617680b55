"""What the two ways of confining a program have in common: its job, its process, and the pipes to it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Literal, Protocol

from aslo_core.api import BuildLimits, ConfinedProgram, Isolation, Transient, confined

NOBODY = 65534
"""User and group that own nothing, by the kernel's own default for such (`/proc/sys/kernel/overflowuid`)."""


@dataclass(frozen=True)
class Job:
    """A program to run confined.

    Attributes:
        program: which one, and the files it needs to see.
        limits: what it may use.
        action: `run` it, or only `import` it.
    """

    program: ConfinedProgram
    limits: BuildLimits
    action: Literal["run", "import"] = "run"

    @property
    def task(self) -> confined.Task:
        """The program with its limits, as the launcher is told."""
        return confined.Task(
            module=self.program.module,
            cpu_seconds=self.limits.cpu_seconds,
            memory_bytes=self.limits.memory_bytes,
            file_bytes=self.limits.scratch_bytes,
        )

    @property
    def preload(self) -> tuple[str, ...]:
        """What to import before it is run, or instead."""
        return (self.program.module,) if self.action == "import" else ()


@dataclass(frozen=True)
class Running:
    """A process that was started for a job, with our ends of its pipes.

    Attributes:
        process: what was started; exits with the program's status.
        source: its standard input.
        bundle: its standard output.
        log: its standard error.
        ready: tells `READY` once the program is confined.
    """

    process: subprocess.Popen[bytes]
    source: IO[bytes]
    bundle: IO[bytes]
    log: IO[bytes]
    ready: IO[bytes]

    def ended(self) -> bool:
        """Whether the process has exited; it stays a zombie, so that its number is not given to another."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill(self) -> int:
        """End the process and all that it started, and return its exit status, or minus the number of a signal."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


class Confinement(Protocol):
    """A way to run a program kept from the host."""

    @property
    def isolation(self) -> Isolation:
        """How far it is kept from the host."""
        ...

    def start(self, job: Job) -> AbstractContextManager[Running]:
        """Start a job; on leaving, everything that it started is dead and gone.

        Raises:
            Transient: no process could be started.
        """
        ...


@contextmanager
def spawned(command: Sequence[str], environment: dict[str, str], ready: tuple[int, int], *inherited: int) -> Iterator[Running]:
    """Run a command with its own session and four pipes, and kill it at the end whatever happens.

    Args:
        command: program and arguments.
        environment: all of its variables.
        ready: both ends of the pipe that the launcher says `READY` on; taken over.
        inherited: further file descriptors that it gets.
    """
    ready_out, ready_in = ready
    with open(ready_out, "rb", buffering=0) as ready_file:  # noqa: PTH123
        try:
            process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd="/",
                umask=0o077,
                pass_fds=(ready_in, *inherited),
                start_new_session=True,
            )
        except OSError as error:
            raise Transient(f"{command[0]} could not be started: {error}") from error
        finally:
            os.close(ready_in)
        with process.stdin or _no_pipe(), process.stdout or _no_pipe(), process.stderr or _no_pipe():
            running = Running(
                process=process,
                source=process.stdin or _no_pipe(),
                bundle=process.stdout or _no_pipe(),
                log=process.stderr or _no_pipe(),
                ready=ready_file,
            )
            try:
                yield running
            finally:
                running.kill()


def _no_pipe() -> IO[bytes]:
    raise AssertionError("Popen was asked for pipes")
