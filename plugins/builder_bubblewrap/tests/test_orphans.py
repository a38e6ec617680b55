"""A sandbox whose ASLO was killed while it was being made is ended by the next one; that of a living one is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aslo_builder_bubblewrap import orphans
from structlog.testing import capture_logs

from aslo_core.testing.processes import all_gone

STARTER = """
import json, os, subprocess, sys
from aslo_builder_bubblewrap import orphans
info, told = os.pipe()
block = int(sys.argv[1])
users = ["--unshare-user", "--info-fd", str(told), "--userns-block-fd", str(block), "--uid", "0", "--gid", "0"]
command = ["bwrap", "--unshare-all", "--die-with-parent", *users, "--ro-bind", "/", "/", "sleep", "600"]
subprocess.Popen(command, env=orphans.marked(), pass_fds=(told, block), start_new_session=True)
os.close(told)
print(json.load(os.fdopen(info))["child-pid"], flush=True)
sys.stdin.read()
"""
"""Starts a sandbox, and goes no further than to where bubblewrap waits for its users."""


class Starter:
    """A process that is about to make a sandbox, of which the first process inside is there and waits.

    The test holds the end of the pipe that bubblewrap waits on: what is killed has no time to close it.
    """

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        block, self.unblock = os.pipe()
        command = [sys.executable, "-c", STARTER, str(block)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, pass_fds=[block]
        )
        os.close(block)
        assert self.process.stdout
        self.started = int(self.process.stdout.readline())

    def kill(self) -> None:
        with self.process:  # which closes its pipes
            self.process.kill()

    def left(self) -> list[str]:
        """What it started, if that is alive."""
        try:
            state = Path("/proc", str(self.started), "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return []
        return [str(self.started)] if state != "Z" else []


@pytest.fixture
def starter() -> Iterator[Starter]:
    one = Starter()
    yield one
    one.kill()
    if one.left():
        os.kill(one.started, signal.SIGKILL)
    os.close(one.unblock)


def test_what_a_killed_process_left_is_ended(starter: Starter) -> None:
    starter.kill()
    assert starter.left()
    with capture_logs() as logs:
        orphans.sweep()
    assert all_gone(starter.left)
    told = {entry["pid"]: entry["starter"] for entry in logs if entry["event"] == "builder_bubblewrap.orphan_ended"}
    assert told[starter.started] == starter.process.pid


def test_what_a_living_process_has_started_is_left_alone(starter: Starter) -> None:
    orphans.sweep()
    assert starter.left()


def test_what_another_namespace_of_processes_has_started_is_left_alone(
    starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter.kill()
    monkeypatch.setattr(orphans, "_namespace", lambda: "4026530000")
    orphans.sweep()
    assert starter.left()


def test_a_number_that_was_given_to_another_process_is_not_the_starter() -> None:
    mine = orphans.marked()
    with subprocess.Popen(["sleep", "600"], env={name: f"{value}0" for name, value in mine.items()}) as child:
        while not Path("/proc", str(child.pid), "environ").read_bytes():  # a moment after the program has begun
            os.sched_yield()
        orphans.sweep()
        assert child.wait(30) == -signal.SIGKILL


def test_nothing_inside_sees_the_mark(attacker, sandbox) -> None:
    attack = attacker.run(sandbox, "import os; os.write(1, repr(sorted(os.environ)).encode())")
    assert "ASLO_SANDBOX_OF" not in attack.output
