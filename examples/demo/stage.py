"""What the demo runs on: a double of GitHub with real repositories, and a real `aslo serve` beside it."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aslo_core.testing.github import GitHub, Repository

EXAMPLES = Path(__file__).parent.parent
OWNER = "sugar-activities"
BOT = "aslo-bot"

_CONFIGURATION = """\
# Written by the demo. `aslo -c {path} serve` goes on from here.
[server]
port = {port}

[source.github]
use = "github"
secret_file = "github-webhook-secret"
token_file = "github-token"
owners = ["{owner}"]
api_url = "{api}"
clone_url = "{site}/{{owner}}/{{name}}.git"

[builder.sandbox]
use = "bubblewrap"

[storage.main]
use = "local"
path = "storage"

[notifier.github]
use = "github"
base_url = "{api}"
token_file = "github-token"
"""


@dataclass(frozen=True)
class Stage:
    """Everything that is up.

    Attributes:
        github: the double.
        url: address of ASLO.
        secret: what webhooks are signed with.
        folder: where everything lies.
    """

    github: GitHub
    url: str
    secret: str
    folder: Path

    @property
    def hook(self) -> str:
        """Address that webhooks are delivered to."""
        return f"{self.url}/api/hook"


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Set everything up in an emptied folder, and take it down again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    secret, token = secrets.token_hex(32), f"ghp_{secrets.token_hex(18)}"
    for name, text in (("github-webhook-secret", secret), ("github-token", token)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text + "\n")
    with GitHub(folder / "github", tokens={token: BOT}) as github:
        port = _free_port()
        configuration = folder / "aslo.toml"
        configuration.write_text(
            _CONFIGURATION.format(path=configuration, port=port, owner=OWNER, api=github.api_url, site=github.url)
        )
        with _served(configuration, folder / "aslo.log"):
            yield Stage(github=github, url=f"http://127.0.0.1:{port}", secret=secret, folder=folder)


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


@contextmanager
def _served(configuration: Path, messages: Path) -> Iterator[None]:
    """Run `aslo serve`, and start it again whenever it ends, as a service manager would."""
    stopping = threading.Event()
    started = threading.Event()
    process: list[subprocess.Popen[bytes]] = []

    def supervise() -> None:
        while not stopping.is_set():
            with messages.open("ab") as file:
                process[:] = [
                    subprocess.Popen(
                        [sys.executable, "-m", "aslo_core.cli", "--config", configuration, "serve", "--log-json"],
                        stdin=subprocess.DEVNULL,
                        stdout=file,
                        stderr=file,
                        preexec_fn=_die_with_parent,  # noqa: PLW1509 - the demo has no threads that hold locks here
                    )
                ]
            started.set()
            process[0].wait()
            stopping.wait(0.2)

    thread = threading.Thread(target=supervise, name="supervisor", daemon=True)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        stopping.set()
        process[0].terminate()
        thread.join()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def journal(folder: Path) -> list[dict[str, object]]:
    """Read what the double wrote down of everything that changed something there."""
    return [json.loads(line) for line in (folder / "github" / "journal.jsonl").read_text().splitlines()]
