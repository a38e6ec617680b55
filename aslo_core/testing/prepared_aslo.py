"""Runs the `aslo` command many times without having each process import it first.

A server that has imported what commands need is forked for every one of them: each is a process of its own, with a folder, an
environment, streams and an exit status of its own. Where the start of Python itself, a signal or a terminal is under test,
start one anew.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aslo_core import cli

_IMPORTED = (
    "aslo_core.api",
    "aslo_core.bootstrap.check",
    "aslo_core.bootstrap.serve",
    *(f"aslo_core.cli.{command}" for command in cli.COMMANDS),
    "aslo_core.log.migrations",
    "aslo_core.log.verify",
)
_OUT, _ERR = "out", "err"


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        status: its exit status; negative, the number of the signal that ended it.
        out: what it wrote to standard output.
        err: what it wrote to standard error.
    """

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document that it wrote."""
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        """The documents that it wrote, one in each line."""
        return [json.loads(line) for line in self.out.splitlines()]


def run_aslo(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float = 60) -> Ended:
    """Run one command to its end, with nothing on its standard input.

    Args:
        arguments: what stands behind `aslo`.
        folder: where it is called.
        environment: all its variables.
        seconds: how long it may take.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was killed.
    """
    prepared = multiprocessing.get_context("forkserver")
    prepared.set_forkserver_preload([*_IMPORTED])
    with tempfile.TemporaryDirectory(prefix="aslo-streams-") as name:
        streams = Path(name)
        process = prepared.Process(target=_command, args=(tuple(arguments), folder, dict(environment), streams))
        process.start()
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["aslo", *arguments], seconds)
        status = process.exitcode
        process.close()
        assert status is not None
        return Ended(status, *((streams / stream).read_text(encoding="utf-8") for stream in (_OUT, _ERR)))


def _command(arguments: tuple[str, ...], folder: Path, environment: dict[str, str], streams: Path) -> None:
    """In the process of the command."""
    for descriptor, stream in ((1, _OUT), (2, _ERR)):
        file = os.open(streams / stream, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["aslo", *arguments]
    cli.main()
