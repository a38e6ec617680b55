"""Somebody at a real terminal: a pseudo terminal, whose other end a test holds."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.conftest import Shell

ENTER = ""
CTRL_C, CTRL_D = "\x03", "\x04"
_SECONDS = 60.0
_AGAIN_SECONDS = 2.0


class Terminal:
    """Reads what a program writes, and types."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self.seen = ""
        self._descriptor = descriptor
        self._read = 0

    def expect(self, text: str) -> str:
        """Wait for a text; give everything up to it that was not waited for before."""
        deadline = time.monotonic() + _SECONDS
        while (at := self.seen.find(text, self._read)) < 0:
            assert self._more(deadline), f"{text!r} did not come; seen:\n{self.seen}"
        before, self._read = self.seen[self._read : at], at + len(text)
        return before

    def answer(self, question: str, line: str) -> str:
        """Type a line behind a question; give what was written before that."""
        before = self.expect(question)
        self.expect(": ")
        self.type(f"{line}\n")
        return before

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._descriptor)[3] & termios.ECHO)

    def break_off(self, key: str) -> int:
        """Press a key until the program ends, and give its status.

        A signal that comes just before Python begins to wait for a line is heard with the next key alone.
        """
        deadline = time.monotonic() + _SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self.type(key)
            while self._more(time.monotonic() + _AGAIN_SECONDS):
                pass
        return self.end()

    def end(self) -> int:
        """Read to the end; give the program's status."""
        while self._more(time.monotonic() + _SECONDS):
            pass
        return self.process.wait(timeout=_SECONDS)

    def _more(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, deadline - time.monotonic()))
        try:
            got = os.read(self._descriptor, 65536) if ready else b""
        except OSError:  # EIO: the program has ended, and its end of the terminal is closed
            got = b""
        self.seen += got.decode(errors="replace").replace("\r\n", "\n")
        return bool(got)


@contextmanager
def at_terminal(shell: Shell, *arguments: str) -> Iterator[Terminal]:
    """Start `aslo` with a terminal of its own, which Ctrl-C at it interrupts."""
    mine, its = pty.openpty()
    command = ["setsid", "--ctty", *map(str, shell.command(*arguments))]
    environment = shell.environment | {"TERM": "dumb"}
    process = subprocess.Popen(command, cwd=shell.folder, env=environment, stdin=its, stdout=its, stderr=its)
    os.close(its)
    try:
        yield Terminal(process, mine)
    finally:
        process.kill()
        process.wait()
        os.close(mine)
