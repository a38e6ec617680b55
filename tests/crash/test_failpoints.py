"""The seam itself: where it kills, what it writes down, and that it asks for no more than it must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aslo_core.failpoints import KILL, TRACE, armed

THREE = "from aslo_core.failpoints import failpoint\nfor _ in range(3): failpoint('a.b'); failpoint('c.d')\nprint('lived')"


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", THREE]
    return subprocess.run(
        command, env={"PYTHONPATH": path, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_dies_at_the_hit_that_is_named_and_at_no_other(tmp_path: Path):
    trace = tmp_path / "trace"
    died = run(**{KILL: "c.d:2", TRACE: str(trace)})
    assert (died.returncode, died.stdout) == (-signal.SIGKILL, "")
    assert trace.read_text().split() == ["a.b", "c.d"] * 2


@pytest.mark.parametrize("environment", [{}, {KILL: "c.d:4"}, {KILL: "e.f:1"}])
def test_otherwise_it_lives(environment: dict[str, str]):
    lived = run(**environment)
    assert (lived.returncode, lived.stdout) == (0, "lived\n"), lived.stderr


@pytest.mark.parametrize("kill", ["a.b", "a.b:", "a.b:0", "a.b:x", ":1"])
def test_a_point_that_is_not_written_as_it_must_be_is_told(kill: str):
    with pytest.raises(ValueError, match="write name:n"):
        armed({KILL: kill})


def test_nothing_is_done_where_nothing_is_asked_for():
    assert armed({"HOME": "/"}) is None
