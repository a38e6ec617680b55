"""The files that a Python needs are found for whatever Python runs this."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.runtime import Runtime, runtime_of
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.testing import Attacker

from aslo_core.api import confined


def test_every_file_is_there_and_no_folder_is_a_whole_prefix(runtime: Runtime) -> None:
    assert runtime.libraries
    for path in runtime.readable:
        assert path.is_absolute()
        assert path.exists()
        assert path not in (Path(sys.base_prefix), Path("/usr"), Path("/"))


def test_the_interpreter_is_the_one_below_a_virtual_environment(runtime: Runtime) -> None:
    assert runtime.executable.is_relative_to(Path(sys.base_prefix).resolve()) or not runtime.executable.is_symlink()
    version = subprocess.run(
        [runtime.executable, "-c", "import sys; print(sys.version)"], capture_output=True, check=True, text=True
    )
    assert version.stdout.strip() == sys.version.strip()


SYSTEMS_OWN = [path for path in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()]


@pytest.mark.parametrize("interpreter", SYSTEMS_OWN)
def test_the_systems_own_python_runs_in_a_sandbox(system_sandbox: Confinement, attacker: Attacker, interpreter: str) -> None:
    """Its libraries lie elsewhere, behind links (`/lib` is `usr/lib`), and belong to root."""
    assert isinstance(system_sandbox, Sandbox)
    other = replace(system_sandbox, runtime=runtime_of(Path(interpreter)))
    attack = attacker.run(other, "import bz2, ctypes, hashlib, lzma, sqlite3, ssl, sys, zlib; print(sys.prefix)")
    assert attack.verdict() is None, attack.log
    assert attack.output.strip() in {"/usr", "/usr/local"}


@pytest.mark.parametrize("task", [confined.Task("m", cpu_seconds=1, memory_bytes=2, file_bytes=4), None])
def test_an_order_survives_the_command_line(task: confined.Task | None) -> None:
    order = confined.Order(
        action="run",
        task=task,
        preload=("m", "n"),
        roots=("/a b", "/c\u2615"),
        ready_fd=5,
        user=None,
        parent=7,
        landlock="if-there",
        readable=("/",),
        writable=(),
        processes=3,
    )
    assert confined.Order.from_json(order.to_json()) == order
