"""Buildbot as a peer: a master, and a worker where one is wanted, from a virtual environment of their own.

It is told with `BENCH_PEERS=FOLDER`; make it with `python3 -m venv FOLDER` and
`FOLDER/bin/pip install buildbot buildbot-www buildbot-worker 'celery[redis]'`.
"""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aslo_core.testing.processes import NotInstalled, free_ports, running

SECRET = "bench"  # noqa: S105 - nobody else can reach it

_MASTER = """\
from buildbot.plugins import schedulers, steps, util, worker

BuildmasterConfig = {{
    "workers": [worker.Worker("one", "secret", max_builds=2)],
    "protocols": {{"pb": {{"port": "tcp:{worker}:interface=127.0.0.1"}}}},
    "builders": [
        util.BuilderConfig(
            name="trivial", workernames=["one"], factory=util.BuildFactory([steps.ShellCommand(command=["true"])])
        )
    ],
    "schedulers": [
        schedulers.SingleBranchScheduler(
            name="all", builderNames=["trivial"], treeStableTimer=None, change_filter=util.ChangeFilter(branch={branch!r})
        )
    ],
    "www": {{
        "port": "tcp:{web}:interface=127.0.0.1",
        "change_hook_dialects": {{"github": {{"secret": {secret!r}, "strict": True}}}},
    }},
    "db_url": "sqlite:///state.sqlite",
    "buildbotNetUsageData": None,
    "collapseRequests": False,
}}
"""


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
def buildbot(folder: Path, *, builds: bool) -> Iterator[int]:
    """Run a master; gives the port of its web server.

    Args:
        folder: where they make a folder each.
        builds: whether each change is built, by a worker; otherwise it is recorded alone.

    Raises:
        NotInstalled: Buildbot is not.
    """
    twistd = peer_program("twistd")
    web, worker = free_ports(2)
    master, builder = folder / "master", folder / "worker"
    _made([peer_program("buildbot"), "create-master", master])
    _made([peer_program("buildbot-worker"), "create-worker", builder, f"127.0.0.1:{worker}", "one", "secret"])
    (master / "master.cfg").write_text(
        _MASTER.format(worker=worker, web=web, secret=SECRET, branch="main" if builds else "none")
    )

    def answers(path: str) -> bool:
        with suppress(OSError):
            return bool(asked(web, path))
        return False

    def command(of: Path) -> list[str | Path]:
        return [twistd, "--nodaemon", "--pidfile=", f"--python={of / 'buildbot.tac'}"]

    with running(command(master), log=master / "log", is_ready=lambda: answers("builders"), start_seconds=60):
        if not builds:
            yield web
            return

        def is_connected() -> bool:
            return bool(asked(web, "workers")["workers"][0]["connected_to"])

        with running(command(builder), log=builder / "log", is_ready=is_connected, start_seconds=60):
            yield web


def asked(port: int, path: str) -> Any:
    """Ask the master's API."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/{path}", timeout=10) as answer:
        return json.load(answer)


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


def _made(command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
