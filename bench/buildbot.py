"""Buildbot as a peer: a master, from a virtual environment of its own.

It is told with `BENCH_PEERS=FOLDER`; make it with `python3 -m venv FOLDER` and
`FOLDER/bin/pip install buildbot buildbot-www 'celery[redis]'`.
"""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aslo_core.testing.processes import NotInstalled, free_ports, running

SECRET = "bench"  # noqa: S105 - nobody else can reach it

_MASTER = """\
from buildbot.plugins import schedulers, util, worker

BuildmasterConfig = {{
    "workers": [worker.Worker("one", "secret")],
    "builders": [util.BuilderConfig(name="all", workernames=["one"], factory=util.BuildFactory())],
    "protocols": {{"pb": {{"port": "tcp:0:interface=127.0.0.1"}}}},
    "schedulers": [
        schedulers.SingleBranchScheduler(
            name="all", builderNames=["all"], treeStableTimer=None, change_filter=util.ChangeFilter(branch="none")
        )
    ],
    "www": {{
        "port": "tcp:{web}:interface=127.0.0.1",
        "change_hook_dialects": {{"github": {{"secret": {secret!r}, "strict": True}}}},
    }},
    "db_url": "sqlite:///state.sqlite",
    "buildbotNetUsageData": None,
}}
"""
"""What is pushed to no branch that is built is recorded all the same, and no build takes the processor."""


def peer_program(name: str) -> Path:
    """Find a program of the peers.

    Raises:
        NotInstalled: there is none.
    """
    program = Path(os.environ.get("BENCH_PEERS", "build/peers")).absolute() / "bin" / name
    if not program.exists():
        raise NotInstalled(f"{name} is not at hand: bench/buildbot.py tells how to make the folder that BENCH_PEERS names")
    return program


@contextmanager
def buildbot(folder: Path) -> Iterator[int]:
    """Run a master that records changes and builds nothing; gives the port of its web server.

    Args:
        folder: where it makes a folder for itself.

    Raises:
        NotInstalled: Buildbot is not.
    """
    twistd, create, master = peer_program("twistd"), peer_program("buildbot"), folder / "master"
    (port,) = free_ports(1)
    done = subprocess.run([create, "create-master", master], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (master / "master.cfg").write_text(_MASTER.format(web=port, secret=SECRET))

    def answers() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/builders", timeout=10):
            return True
        return False

    command: list[str | Path] = [twistd, "--nodaemon", "--pidfile=", f"--python={master / 'buildbot.tac'}"]
    with running(command, log=master / "log", is_ready=answers, start_seconds=60):
        yield port


def push(number: int) -> dict[str, Any]:
    """A push of one commit, as GitHub tells of it.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    """
    commit = f"{number:040x}"
    person = {"name": "Ada", "email": "ada@example.org", "username": "ada"}
    repository = {
        "id": 1,
        "name": "maze",
        "full_name": "sugarlabs/maze",
        "html_url": "https://github.com/sugarlabs/maze",
        "url": "https://github.com/sugarlabs/maze",
    }
    told = {
        "id": commit,
        "message": "Doors open",
        "timestamp": "2026-01-01T00:00:00Z",
        "url": f"https://github.com/sugarlabs/maze/commit/{commit}",
        "author": person,
        "committer": person,
        "distinct": True,
        "added": [],
        "removed": [],
        "modified": ["activity.py"],
    }
    return {
        "ref": "refs/heads/main",
        "before": f"{number - 1:040x}" if number else "0" * 40,
        "after": commit,
        "created": False,
        "deleted": False,
        "forced": False,
        "commits": [told],
        "head_commit": told,
        "repository": repository,
        "pusher": person,
        "sender": {"login": "ada"},
    }
