"""What the demo runs on: a double of GitHub with real repositories, and a real `aslo serve` beside it."""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aslo_core.testing.github import GitHub, Repository

EXAMPLES = Path(__file__).parent.parent
OWNER = "sugar-activities"
BOT = "aslo-bot"

_CONFIGURATION = """\
# Written by the demo. `aslo -c {path} serve` goes on from here.
[server]
port = {port}

[reconcile]
every_minutes = {reconcile}

[source.github]
use = "github"
secret_file = "github-webhook-secret"
token_file = "github-token"
owners = ["*"]
api_url = "{api}"
clone_url = "{site}/{{owner}}/{{name}}.git"

[builder.sandbox]
{builder}

[storage.main]
use = "local"
path = "storage"

[notifier.github]
use = "github"
api_url = "{api}"
token_file = "github-token"
"""


@dataclass(frozen=True)
class Stage:
    """Everything that is up.

    Attributes:
        github: the double.
        served: the process of ASLO.
        url: address of ASLO.
        secret: what webhooks are signed with.
        folder: where everything lies.
    """

    github: GitHub
    served: Served
    url: str
    secret: str
    folder: Path

    @property
    def hook(self) -> str:
        """Address that webhooks are delivered to."""
        return f"{self.url}/api/hook"


@contextmanager
def stage(
    folder: Path,
    more: str = "",
    *,
    builder: str = 'use = "bubblewrap"',
    reconcile: int = 0,
    enter: Callable[[Sequence[str]], Sequence[str | Path]] = list,
) -> Iterator[Stage]:
    """Set everything up in an emptied folder, and take it down again.

    Args:
        folder: where everything lies.
        more: text that is added to the configuration.
        builder: lines of the builder's table.
        reconcile: minutes after which the double is asked again what no webhook told; 0 never asks, so that nothing happens but
            what is told.
        enter: makes of a command one that runs it where ASLO is to run.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    secret, token = secrets.token_hex(32), f"ghp_{secrets.token_hex(18)}"
    for name, text in (("github-webhook-secret", secret), ("github-token", token)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text + "\n")
    with GitHub(folder / "github", tokens={token: BOT}) as github:
        port = _free_port()
        configuration = folder / "aslo.toml"
        given = {"port": port, "api": github.api_url, "site": github.url, "builder": builder, "reconcile": reconcile}
        configuration.write_text(_CONFIGURATION.format(path=configuration, **given) + more)
        with Served(configuration, folder / "aslo.log", enter) as served:
            yield Stage(github=github, served=served, url=f"http://127.0.0.1:{port}", secret=secret, folder=folder)


def make_repository(github: GitHub, folder: Path, activity: str) -> tuple[Repository, Path]:
    """Make a git repository of an activity in `examples/`; return it as the double knows it, and its working tree."""
    tree = folder / "repositories" / activity
    shutil.copytree(EXAMPLES / activity, tree)
    _git(tree, "init", "--quiet", "--initial-branch=main")
    commit(tree, "A first version", tag=None)
    return github.add_repository(OWNER, f"{activity}-activity", tree), tree


def commit(tree: Path, message: str, tag: str | None) -> None:
    """Commit everything in a working tree, and tag it."""
    _git(tree, "add", "--all")
    _git(tree, "commit", "--quiet", "--allow-empty", "--message", message)
    if tag is not None:
        _git(tree, "tag", "--annotate", "--message", f"Version {tag}", tag)


def raise_version(tree: Path, version: str) -> None:
    """Write a version into a working tree's `activity.info`."""
    file = tree / "activity" / "activity.info"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?m)^activity_version = .*$", f"activity_version = {version}", text), encoding="utf-8")


def archive(tree: Path, tag: str, root: str) -> bytes:
    """Zip a tag's files as a developer might, with git's own archiver."""
    return subprocess.run(
        ["git", "-C", tree, "archive", "--format=zip", f"--prefix={root}/", tag], check=True, capture_output=True
    ).stdout


def _git(tree: Path, *arguments: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _ADA.items()},
    }
    subprocess.run(["git", "-C", tree, *arguments], check=True, env=environment)


_ADA = {"NAME": "Ada", "EMAIL": "ada@example.org"}


class Served:
    """`aslo serve`, or one part of it, as a process of its own, started again whenever it ends, as a service manager would.

    Args:
        configuration: its aslo.toml.
        messages: file that its messages are added to.
        enter: as in `stage`.
        part: which command of `aslo`.
    """

    def __init__(
        self,
        configuration: Path,
        messages: Path,
        enter: Callable[[Sequence[str]], Sequence[str | Path]] = list,
        part: str = "serve",
    ) -> None:
        self._command = enter([sys.executable, "-m", "aslo_core.cli", "--config", str(configuration), part, "--log-json"])
        self._messages = messages
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def end(self, number: signal.Signals) -> None:
        """End the process by a signal, for good: it is not started again."""
        self._stopping.set()
        self.signal(number)
        self._thread.join()

    @property
    def process_id(self) -> int:
        """Id of the process as it runs now."""
        return 0 if self._process is None else self._process.pid

    @property
    def runs(self) -> bool:
        """Whether there is a process now, stopped or not."""
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process as it runs now: SIGKILL is the power going."""
        if self._process is not None:
            self._process.send_signal(number)

    def _supervise(self) -> None:
        # The process is to die with the thread that started it, so this thread starts it and waits.
        while not self._stopping.is_set():
            with self._messages.open("ab") as file:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    preexec_fn=_die_with_parent,  # noqa: PLW1509 - it only calls prctl
                )
            self._started.set()
            self._process.wait()
            self._stopping.wait(0.2)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def journal(folder: Path) -> list[dict[str, object]]:
    """Read what the double wrote down of everything that changed something there."""
    return [json.loads(line) for line in (folder / "github" / "journal.jsonl").read_text().splitlines()]
