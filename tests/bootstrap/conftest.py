from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aslo_core.api_version import API
from aslo_core.testing.repository import GitPlumbing
from examples.demo.reading import eventually

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE_S = 60.0

Enter = Callable[[Sequence[str]], Sequence[str | Path]]

CONFIGURATION = """\
[server]
port = 0
{server}
[source.git]
use = "git"
allow = ["{allow}"]
[builder.sandbox]
use = "{builder}"
[storage.main]
use = "local"
path = "storage"
{more}
"""

GATE = """
import pathlib, time
from aslo_core.api import Isolation, Offer, Options, Permanent, hook

class Gate:
    isolation = Isolation(level="process", detail="a gate")

    def __init__(self, folder):
        self.folder = folder
        while (folder / "hold").exists():
            (folder / "creating").touch()
            time.sleep(0.02)

    def build(self, request, log):
        log(b"the gate is shut\\n")
        (self.folder / "building").touch()
        while not (self.folder / "open").exists():
            time.sleep(0.02)
        log(b"the gate is ")
        log(b"\\x1b[32mopen\\x1b[0m\\nat last")
        raise Permanent("test.gate-open", "The gate is open.", "Nothing.")

@hook
def aslo_builders():
    return [Offer("gate", Options, lambda options, context: Gate(context.directory))]
"""
"""A builder that builds until it is told to end, and then refuses. It is not made while there is a file `hold`."""


class Serving:
    """A running process of ASLO: `aslo serve`, or one part of it.

    Args:
        installation: where it runs.
        command: what is started.
        said: the words after which it is ready.
        enter: wraps the command for it to run elsewhere, as on a disk of its own.
    """

    def __init__(
        self, installation: Installation, *command: str, said: str = "ASLO serves ", enter: Enter = lambda command: command
    ) -> None:
        self._messages = installation.folder / f"messages-{len(installation.serving)}"
        with self._messages.open("ab") as messages:
            self.process = subprocess.Popen(
                enter(installation.command(*command)),
                cwd=installation.folder,
                env=installation.environment,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
            )
        self.url = self.said(said).partition("\n")[0]

    @property
    def messages(self) -> str:
        """What this one has said so far."""
        return self._messages.read_text()

    def said(self, words: str) -> str:
        """Wait until it has said some words, and give what follows them."""
        until = time.monotonic() + PATIENCE_S
        while words not in self.messages:
            assert self.process.poll() is None, self.messages
            assert time.monotonic() < until, self.messages
            time.sleep(0.05)
        return self.messages.partition(words)[2]

    def release(self, stream: str, done: str = "ended") -> Any:
        """Wait until a field of a release's status is true."""
        return eventually(f"{self.url}/status/releases/{stream.removeprefix('release/')}", done, PATIENCE_S)

    def paused(self) -> tuple[str, ...]:
        """Wait until builds pause; give why."""
        return tuple(eventually(f"{self.url}/readyz", "paused", PATIENCE_S)["paused"])

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; give the exit status and how many seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S), time.monotonic() - begun


@dataclass
class Installation:
    """A folder with a configuration.

    Attributes:
        folder: the folder.
        repository: a repository that it may fetch, of the activity `star-map`, with the tags v1 and v2.
        serving: every process that was started.
        program: the checkout of ASLO that is run.
    """

    folder: Path
    repository: GitPlumbing
    serving: list[Serving] = field(default_factory=list)
    program: Path = ROOT

    def configure(self, *, server: str = "", more: str = "", builder: str = "bubblewrap") -> None:
        allow = self.repository.path.parent.as_uri()
        text = CONFIGURATION.format(server=server, allow=allow, builder=builder, more=more)
        (self.folder / "aslo.toml").write_text(text)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "aslo_core.cli", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.program), str(self.folder / "site-packages"), *filter(None, sys.path)])
        return os.environ | {"PYTHONPATH": path}

    def aslo(self, *arguments: str, enter: Enter = lambda command: command) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            enter(self.command(*arguments)),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def serve(self) -> Serving:
        return self.start("serve")

    def start(self, *command: str, said: str = "ASLO serves ", enter: Enter = lambda command: command) -> Serving:
        self.serving.append(Serving(self, *command, said=said, enter=enter))
        return self.serving[-1]

    def submit(self, tag: str = "v1") -> str:
        """Submit a release and give its stream."""
        ended = self.aslo("submit", self.repository.address, tag)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.splitlines()[0].removeprefix("accepted: ")

    def install_gate(self) -> None:
        """Install the builder that waits for `open_gate`."""
        site = self.folder / "site-packages"
        info = site / "aslo_builder_gate-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "aslo_builder_gate.py").write_text(GATE)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: aslo-builder-gate\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[aslo]\nbuilder.gate = aslo_builder_gate\n[aslo.api]\n{API} = aslo_builder_gate\n"
        )

    def open_gate(self) -> None:
        (self.folder / "open").touch()

    def wait_until_building(self) -> None:
        self.wait_for("building")

    def wait_for(self, mark: str) -> None:
        """Wait for a file that the builder makes, and remove it."""
        until = time.monotonic() + PATIENCE_S
        while not (self.folder / mark).exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        (self.folder / mark).unlink()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose servers are gone at the end."""
    repository = GitPlumbing(tmp_path / "served" / "star-map.git")
    tree = EXAMPLES / "star-map"
    files = {str(file.relative_to(tree)): file.read_bytes() for file in sorted(tree.rglob("*")) if file.is_file()}
    repository.release("v1", files)
    info = files["activity/activity.info"]
    repository.release("v2", files | {"activity/activity.info": info.replace(b"activity_version = 1", b"activity_version = 2")})
    folder = tmp_path / "installation"
    folder.mkdir()
    made = Installation(folder, repository)
    made.configure()
    yield made
    for serving in made.serving:
        if serving.process.poll() is None:
            serving.process.kill()
            serving.process.wait()


@pytest.fixture
def gated(installation: Installation) -> Installation:
    """An installation whose builds last until `open_gate`, and are then refused."""
    installation.install_gate()
    installation.configure(builder="gate")
    return installation
