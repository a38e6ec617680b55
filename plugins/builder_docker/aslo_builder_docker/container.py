"""One container, used once: it waits to be told what to run, is fed, ends or is ended, and is removed."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any

import docker.errors
import requests
import structlog

from aslo_builder_docker.engine import Engine, ImageAbsent
from aslo_builder_docker.frames import ERRORS, Frames
from aslo_core.api import AsloError, Transient, confined

log = structlog.get_logger(__name__)

START_SECONDS = 60
"""How long a container may take until its program is ready."""
_CHUNK = 1 << 16
_SHOWN = 2000
_NOT_FOUND, _CONFLICT = 404, 409


@dataclass(frozen=True)
class Exit:
    """How a container's first process ended.

    Attributes:
        status: exit status; 128 and the number of a signal where one ended it.
        out_of_memory: whether the kernel ended a process of it for its limit of memory; not always the first one.
    """

    status: int
    out_of_memory: bool


KILLED = Exit(status=128 + signal.SIGKILL, out_of_memory=False)


class Container:
    """A container that was made, with a connection to the three streams of its program.

    Args:
        engine: the daemon.
        name: the container's name.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name
        self.frames = Frames()
        self.early: list[tuple[int, bytes]] = []
        """What it said behind `READY`, before anybody listened."""
        self._engine = engine
        self._socket: socket.socket | None = None

    def create(self, **making: Any) -> None:
        """Make it.

        Raises:
            ImageAbsent: the image is not there.
            DaemonRefused: the daemon cannot make such a container.
            Transient: the daemon failed, or does not answer.
        """
        with self._engine.asking("a container"):
            try:
                self._engine.connected().create_container(name=self.name, **making)
            except docker.errors.ImageNotFound:
                raise ImageAbsent(str(making["image"])) from None

    def start(self) -> None:
        """Start it, and wait until its program is ready. Its streams are attached before, so that nothing is lost.

        Raises:
            Transient: it did not start, or was not ready in time.
            DaemonRefused: it cannot be started, for example since the daemon lacks its runtime.
        """
        with self._engine.asking("a container's streams"):
            attached = self._engine.connected().attach_socket(
                self.name, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            )
            # A descriptor of our own, which can be half-closed; the client's is only closed with the answer that it came in.
            self._socket = socket.socket(fileno=os.dup(attached.fileno()))
            attached._response.close()  # noqa: SLF001 - the client has no other way
        self._socket.setblocking(False)
        with self._engine.asking("the start of a container"):
            self._engine.connected().start(self.name)
        self._await_ready(time.monotonic() + START_SECONDS)

    def _await_ready(self, deadline: float) -> None:
        said = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            while not said.startswith(confined.READY):
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise Transient(f"the container was not ready after {START_SECONDS} seconds")
                data = self.read()
                if not data:
                    raise Transient(f"the container ended before its program was ready {self._end()}: {_shown(said)}")
                for stream, piece in self.frames.pieces(data):
                    if stream == ERRORS:
                        said += piece
                    else:
                        self.early.append((stream, piece))
        if rest := said[len(confined.READY) :]:
            self.early.append((ERRORS, rest))

    def _end(self) -> str:
        try:
            state = self._state()
        except AsloError as error:
            return f"(and cannot be asked about: {error})"
        return f"(status {state['ExitCode']}{', ' + state['Error'] if state['Error'] else ''})"

    @property
    def socket(self) -> socket.socket:
        """The connection to its streams; never blocks."""
        if self._socket is None:
            raise AssertionError("the container was not started")
        return self._socket

    def narrow(self, memory_bytes: int) -> None:
        """Let all of its processes, and its scratch, have no more than so much memory together from now on.

        Raises:
            DaemonAway: the daemon does not answer.
            Transient, DaemonRefused: its runtime cannot do that, or somebody removed the container.
        """
        with self._engine.asking("less memory for a container"):
            self._engine.connected().update_container(self.name, mem_limit=memory_bytes, memswap_limit=memory_bytes)

    def tell(self, task: confined.Task) -> None:
        """Say what to run. What is sent behind that is the program's."""
        with contextlib.suppress(ConnectionError):  # it has ended, as whoever listens to it finds out
            self.socket.sendall(task.to_line())

    def read(self) -> bytes:
        """Take what it wrote, in frames; empty when there will be no more.

        Raises:
            BlockingIOError: there is nothing now.
        """
        try:
            return self.socket.recv(_CHUNK)
        except ConnectionResetError:  # the daemon is gone; whether the program has ended is asked separately
            return b""

    def waits(self) -> bool:
        """Whether it still waits to be told, as far as its streams tell: nothing was said, and they are open."""
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def wait(self, seconds: float) -> Exit | None:
        """Wait until it has ended, and tell how; None where it runs on.

        Raises:
            DaemonAway: the daemon does not answer.
            Transient: somebody removed the container, or the daemon could not run it.
        """
        # The client raises either of the first two when the time is over, and when the daemon is gone.
        over = contextlib.suppress(requests.ConnectionError, requests.Timeout, docker.errors.NotFound)
        with self._engine.asking("the end of a container"), over:
            self._engine.connected().wait(self.name, timeout=max(seconds, 0.01))  # type: ignore[arg-type]
        state = self._state()
        return None if state["Running"] else _exit(state)

    def running(self) -> bool:
        """Whether its program runs.

        Raises:
            DaemonAway: the daemon does not answer.
            Transient: somebody removed the container.
        """
        return bool(self._state()["Running"])

    def kill(self) -> None:
        """End all of its processes; nothing happens where they have ended. Stopping would let them linger for its grace."""
        with self._engine.asking("the end of a container"):
            try:
                self._engine.connected().kill(self.name)
            except docker.errors.APIError as error:
                if error.status_code not in (_NOT_FOUND, _CONFLICT):  # it has ended meanwhile
                    raise

    def detach(self) -> None:
        """Give up its streams; what it writes from now on is lost, and holds nothing up."""
        with contextlib.suppress(OSError):  # the daemon was quicker
            self.socket.shutdown(socket.SHUT_RDWR)

    def discard(self) -> None:
        """Remove it, whatever its state; what cannot be removed now is swept later."""
        if self._socket is not None:
            self._socket.close()
        try:
            remove(self._engine, self.name)
        except AsloError as error:
            log.warning("builder.container_left", container=self.name, error=str(error), consequence="it is swept later")

    def _state(self) -> dict[str, Any]:
        with self._engine.asking("the state of a container"):
            try:
                state: dict[str, Any] = self._engine.connected().inspect_container(self.name)["State"]
            except docker.errors.NotFound:
                raise Transient(f"the container {self.name} was removed by somebody else") from None
        return state


def remove(engine: Engine, name: str) -> None:
    """Remove a container with what it wrote; one that is gone, or just going, is no failure.

    Raises:
        DaemonAway: the daemon does not answer.
        Transient, DaemonRefused: it fails.
    """
    with engine.asking("the removal of a container"):
        try:
            engine.connected().remove_container(name, force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code not in (_NOT_FOUND, _CONFLICT):
                raise


def _exit(state: dict[str, Any]) -> Exit:
    if state["Error"]:
        raise Transient(f"Docker could not run the container: {state['Error']}")
    return Exit(status=int(state["ExitCode"]), out_of_memory=bool(state["OOMKilled"]))


def _shown(said: bytes) -> str:
    return said[-_SHOWN:].decode("utf-8", "replace").strip() or "it said nothing"
