"""The lock of a data directory, among threads' and processes' many descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.errors import AsloError


def test_who_holds_it_is_known_while_it_is_held_and_no_longer(tmp_path: Path):
    lock = ServeLock(tmp_path)
    assert lock.holder() is None
    with lock.held():
        assert lock.holder() == f"pid {os.getpid()}"
        with (
            pytest.raises(AsloError, match=rf"another process \(pid {os.getpid()}\) serves {tmp_path}"),
            ServeLock(tmp_path).held(),
        ):
            pytest.fail("it was taken twice")
    assert lock.holder() is None
    with lock.held():
        assert lock.holder() == f"pid {os.getpid()}"


def test_asking_does_not_take_it(tmp_path: Path):
    lock = ServeLock(tmp_path)
    with lock.held():
        pass
    for _ in range(3):
        assert lock.holder() is None
    with lock.held():
        pass


def test_who_asks_with_patience_waits_for_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lock = ServeLock(tmp_path)
    with ExitStack() as starting:
        starting.enter_context(ServeLock(tmp_path).held())
        monkeypatch.setattr("aslo_core.bootstrap.serve_lock.time.sleep", lambda _: starting.close())
        assert lock.holder(patience_s=60) is None


def test_it_ends_with_the_process_that_held_it_though_its_children_live_on(tmp_path: Path):
    script = (
        "import subprocess, sys, pathlib, os\n"
        "from aslo_core.bootstrap.serve_lock import ServeLock\n"
        "with ServeLock(pathlib.Path(sys.argv[1])).held():\n"
        "    child = subprocess.Popen(['sleep', '60'], close_fds=False)\n"
        "    print(child.pid, flush=True)\n"
        "    os._exit(1)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True, cwd=root)
    assert ended.stdout is not None
    child = int(ended.stdout.readline())
    ended.wait(30)
    ended.stdout.close()
    try:
        assert ServeLock(tmp_path).holder() is None
    finally:
        os.kill(child, 9)


def test_a_directory_that_is_not_there_is_served_by_nobody_and_cannot_be(tmp_path: Path):
    lock = ServeLock(tmp_path / "absent")
    assert lock.holder() is None
    with pytest.raises(AsloError, match="cannot be written to"), lock.held():
        pytest.fail("it was taken")
