"""`aslo serve` as a process that dies at a point."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aslo_core.failpoints import KILL, TRACE
from tests.crash.accepted import Accepted
from tests.crash.scene import Announcement, Scene

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Kill:
    """Die at a point.

    Attributes:
        point: its name.
        hit: at the n-th time, from 1.
        command: name of the command that dies there, of those in tests/crash/commands/playing.py; empty for `aslo serve`.
    """

    point: str
    hit: int = 1
    command: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        where, _, hit = text.partition(":")
        command, _, point = where.rpartition("/")
        return cls(point, int(hit or 1), command)

    @property
    def failpoint(self) -> str:
        """What the process is told."""
        return f"{self.point}:{self.hit}"

    @property
    def needs_asset(self) -> bool:
        """Whether only a release with an attached bundle comes to it."""
        return self.point.startswith(("steps.keep-asset.", "steps.take."))

    @property
    def needs_large_asset(self) -> bool:
        """Whether only one with a large one does."""
        return self.point.startswith("storage_s3.upload-parts.")

    def __str__(self) -> str:
        return f"{self.command}/{self.failpoint}" if self.command else self.failpoint


class Running:
    """One start of ASLO.

    Args:
        scene: where.
        trace: file for the names of the points that it comes to.
        kill: where it is to die, or None.
        environment: further variables.
    """

    def __init__(self, scene: Scene, trace: Path, kill: Kill | None, environment: Mapping[str, str]) -> None:
        self._scene = scene
        path = os.pathsep.join([*filter(None, [environment.get("PYTHONPATH")]), *python_path()])
        own = {"PYTHONPATH": path, TRACE: str(trace), "TMPDIR": str(scene.folder / "tmp")}
        if kill is not None:
            own[KILL] = kill.failpoint
        with (scene.folder / "messages").open("ab") as messages:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aslo_core.cli", "--config", str(scene.folder / "aslo.toml"), "serve", "--log-json"],
                cwd=scene.folder,
                env={**os.environ, **environment, **own},
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
            )
        with scene.starters.open("a") as starters:
            starters.write(f"{self.process.pid}\n")

    @property
    def died(self) -> bool:
        return self.process.poll() is not None

    def deliver(self, announcement: Announcement, accepted: Accepted, until: float) -> bool:
        """Deliver a webhook until it is answered with 202, this process has died, or the time is over; tell which."""
        while not self.died and time.monotonic() < until:
            if self._scene.deliver(announcement, accepted):
                return True
            time.sleep(0.05)
        return False

    def end(self, wait_s: float = 30.0) -> int:
        """Stop it as a service manager does; its status."""
        self.process.terminate()
        try:
            return self.process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def python_path() -> list[str]:
    """Where the program and its plugins are, as this process has them."""
    return [str(ROOT), *(entry for entry in sys.path if entry and entry != str(ROOT))]
