"""Whatever point a command dies at, calling it again puts everything right: each point that only commands come to, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aslo_core.errors import AsloError
from aslo_core.testing.services import missing
from tests.conftest import MEMORY
from tests.crash.commands.image import packages
from tests.crash.commands.playing import COMMANDS, play_command
from tests.crash.plan import first_hits_of_commands
from tests.crash.services import Servers

SAMPLE = {kills[0].command: kills for kills in first_hits_of_commands()}


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a folder, since syncing a disk takes longer than all else here."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"builder-image-build"}))
def test_it_is_as_if_it_had_not_died(folder: Path, shared: Servers, command: str):
    result = play_command(folder / "case", command, SAMPLE[command], shared)
    assert (result.broken, result.fired) == ([], list(SAMPLE[command]))


def test_neither_was_a_root_tree_half_made(tmp_path: Path, shared: Servers):
    try:
        packages(shared.folder)
    except AsloError as error:
        missing(f"no root tree can be made: {error}")
    kills = SAMPLE["builder-image-build"]
    result = play_command(tmp_path / "case", "builder-image-build", kills, shared)
    assert (result.broken, result.fired) == ([], list(kills))
