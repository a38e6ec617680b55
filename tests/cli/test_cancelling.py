"""A run that is cancelled by hand ends within a second, in the midst of a build in a real sandbox, and leaves nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aslo_core import events as e
from aslo_core.api import API
from aslo_core.log import EventLog
from aslo_core.testing.processes import command_lines_with
from aslo_core.testing.repository import GitPlumbing
from tests.cli.conftest import Shell
from tests.cli.test_submit_and_release import serving

PATIENCE_S = 60
AT_ONCE_S = 1.0
SLEEPER = '''\
"""The usual builder with another program in the packer's place, which never comes to its end."""

from pathlib import Path

from aslo_builder_bubblewrap import BubblewrapOptions
from aslo_builder_bubblewrap.choice import create

from aslo_core.api import ConfinedProgram, Offer, hook


def sleeper(options, context):
    builder = create(options, context)
    program = Path(__file__).with_name("{module}.py")
    builder._packer = ConfinedProgram(module="{module}", readable=(program,), roots=(program.parent,))
    return builder


@hook
def aslo_builders():
    return [Offer("sleeper", BubblewrapOptions, sleeper)]
'''


@pytest.fixture
def module(installed: Shell, tmp_path: Path) -> str:
    """What is run in the sandbox, by a builder that is installed beside the others."""
    name = f"sleeper_{tmp_path.parent.name}_{tmp_path.name}".replace("-", "_")
    folder = installed.folder / "site"
    info = folder / "aslo_builder_sleeper-1.0.dist-info"
    info.mkdir(parents=True)
    for parent in (installed.folder.parent, installed.folder, folder):
        parent.chmod(0o755)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: aslo-builder-sleeper\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[aslo]\nbuilder.sleeper = aslo_builder_sleeper\n[aslo.api]\n{API} = aslo_builder_sleeper\n"
    )
    (folder / "aslo_builder_sleeper.py").write_text(SLEEPER.format(module=name))
    (folder / f"{name}.py").write_text("import signal\nsignal.pause()\n")
    path = installed.environment["PYTHONPATH"]
    installed.environ["PYTHONPATH"] = f"{folder}:{path}"  # type: ignore[index]
    text = (installed.folder / "aslo.toml").read_text()
    installed.write(text.replace('use = "bubblewrap"', 'use = "sleeper"'))
    return name


def eventually(found: Callable[[], bool], what: str) -> float:
    """Wait until that is so, and tell when it was."""
    deadline = time.time() + PATIENCE_S
    while not found():
        assert time.time() < deadline, what
        threading.Event().wait(0.01)
    return time.time()


def said(installed: Shell, *arguments: str) -> str:
    """Run a command in a Python of its own, which finds the builder, and give what it says."""
    with installed.start(*arguments) as process:
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return out


@pytest.fixture
def temporary(installed: Shell, tmp_path: Path) -> Path:
    """Where the installation's processes, and nobody else's, put what is temporary."""
    folder = tmp_path / "temporary"
    folder.mkdir(mode=0o755)
    installed.environ["TMPDIR"] = str(folder)  # type: ignore[index]
    return folder


def test_in_the_midst_of_a_build(installed: Shell, module: str, repository: GitPlumbing, temporary: Path):
    with serving(installed):
        stream = json.loads(said(installed, "submit", repository.address, "v1", "--json").splitlines()[0])["release"]
        eventually(lambda: bool(command_lines_with(module)), "nothing is built")
        with installed.start("release", "cancel", stream, "--reason", "it sleeps") as cancelling:
            gone = eventually(lambda: not command_lines_with(module), "the build goes on")
            assert cancelling.wait(PATIENCE_S) == 0
        with EventLog.open(installed.folder / "data" / "log.db") as log:
            cancelled = list(log.read(stream))[-1]
        assert isinstance(cancelled.event, e.ReleaseCancelled)
        assert gone - cancelled.recorded_us / 1_000_000 < AT_ONCE_S
        work = installed.folder / "data" / "work"
        eventually(lambda: not list(work.iterdir()), "a workspace is left")
        assert list(temporary.iterdir()) == []
        said(installed, "release", "retry", stream)
        eventually(lambda: bool(command_lines_with(module)), "the retry is not built")
    assert command_lines_with(module) == [], "the end of the process leaves a build behind"
