"""Starting the servers that tests need, and ending them by their id."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

T = TypeVar("T")

_POLL = 0.02
_TRIES = 3
_PORT_TAKEN = os.strerror(errno.EADDRINUSE)


class NotInstalled(Exception):
    """A server cannot be started on this machine. The text says what is missing and what to install."""


class ServerFailed(Exception):
    """A server did not come up. The text ends with its log."""


def on_free_port(start: Callable[[int], T]) -> T:
    """Start a server on a free port; on another one if somebody else was faster to take it.

    Args:
        start: gets a port, returns what is running; raises ServerFailed.
    """
    for _ in range(_TRIES - 1):
        try:
            return start(free_ports(1)[0])
        except ServerFailed as error:
            if _PORT_TAKEN not in str(error):
                raise
    return start(free_ports(1)[0])


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports on which nobody listened a moment ago, all different.

    Another process may take one before it is used: whoever starts a server on one tries again with another.
    """
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server((host, 0))).getsockname()[1] for _ in range(count)]


def last_lines(log: Path, count: int = 40) -> str:
    """The end of a log, or a remark that there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return f"(no log at {log})"


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    user: int | None = None,
    group: int | None = None,
    start_seconds: float = 30.0,
    stop_signal: signal.Signals = signal.SIGTERM,
    stop_seconds: float = 20.0,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while the block does; it and its children get a session of their own.

    Args:
        command: the program and its arguments.
        log: file that its output is appended to.
        is_ready: asked again and again until it is true.
        user: numeric id to run it as, when not the own one.
        group: numeric group to run it as, when not the own one.
        start_seconds: how long it may take until it is ready.
        stop_signal: what asks it to end.
        stop_seconds: how long it may take to end before it and its children are killed.

    Raises:
        ServerFailed: it ended, or was not ready in time.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
    try:
        _wait(process, is_ready, time.monotonic() + start_seconds, log)
        yield process
    finally:
        process.send_signal(stop_signal)
        try:
            process.wait(stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # children that outlived it


class Restartable:
    """A server that can be stopped, killed and started again, any number of times.

    Args:
        launch: runs it while a block does, as `running`.
    """

    def __init__(self, launch: Callable[[], AbstractContextManager[subprocess.Popen[bytes]]]) -> None:
        self._launch = launch
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it.

        Raises:
            ServerFailed: it did not come up.
        """
        self._process = self._running.enter_context(self._launch())

    def stop(self) -> None:
        """Ask it to end, and wait for that; one that is down already stays so."""
        self._running.close()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that was started, as long as it is there."""
        if self._process is not None:
            self._process.send_signal(number)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Have it, and all that it has started, do nothing while a block does, and not know it."""
        self.hang()
        try:
            yield
        finally:
            self.go_on()

    def hang(self) -> None:
        """Stop it, and all that it has started: what it was asked stays unanswered."""
        self.signal(signal.SIGSTOP)
        _signal(self._started(), signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on."""
        _signal(self._started(), signal.SIGCONT)
        self.signal(signal.SIGCONT)

    def _started(self) -> list[int]:
        return [] if self._process is None else descendants(self._process.pid)

    def kill(self) -> None:
        """End it without a word."""
        self.signal(signal.SIGKILL)
        self.stop()


def command_lines_with(text: str) -> list[str]:
    """Find the command lines of this machine's processes that hold a text; a NUL ends each word of them."""
    return list(processes_with(text).values())


def processes_with(text: str) -> dict[int, str]:
    """Find this machine's processes with a text in their command lines, which are given beside their numbers."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            if text in (line := entry.read_text(encoding="utf-8", errors="replace")):
                found[int(entry.parent.name)] = line
    return found


def children() -> list[str]:
    """The processes that this one has started and that have not ended, each as its number and its program's name."""
    return [f"{pid} {program}" for pid, program, parent in _processes() if parent == os.getpid()]


def descendants(pid: int) -> list[int]:
    """The processes that one has started and that have not ended, and those that these have started."""
    started: dict[int, list[int]] = {}
    for child, _, parent in _processes():
        started.setdefault(parent, []).append(child)
    found = list(started.get(pid, ()))
    for child in found:  # which grows meanwhile
        found += started.get(child, ())
    return found


def _processes() -> Iterator[tuple[int, str, int]]:
    """Each process of this machine: its number, its program's name in a bracket, and who has started it."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = stat.read_text(errors="replace").partition(" ")
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        program, _, rest = rest.rpartition(") ")
        yield int(number), program, int(rest.split()[1])


def all_gone(survivors: Callable[[], list[str]], seconds: float = 10) -> bool:
    """Wait until there are no survivors; tell whether there are none in time.

    The kernel ends the processes of a namespace just after its first one has gone.
    """
    deadline = time.monotonic() + seconds
    while survivors():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _wait(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], deadline: float, log: Path) -> None:
    while not is_ready():
        try:
            status = process.wait(_POLL)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
            found = "was not ready in time"
        else:
            found = f"ended with status {status}"
        raise ServerFailed(f"{process.args!r} {found}:\n{last_lines(log)}")
