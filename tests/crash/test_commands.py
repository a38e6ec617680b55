"""Whatever point a command dies at, calling it again puts everything right: each point that only commands come to, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslo_core.errors import AsloError
from aslo_core.testing.services import missing
from tests.crash import call_sites
from tests.crash.commands import COMMANDS, packages, play_command
from tests.crash.plan import OF_COMMANDS, first_hits_of_commands
from tests.crash.services import Servers

SAMPLE = {kills[0].command: kills for kills in first_hits_of_commands()}


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_as_if_it_had_not_died(tmp_path: Path, shared: Servers, command: str):
    if command == "builder-image-build":
        try:
            packages(shared.folder)
        except AsloError as error:
            missing(f"no root tree can be made: {error}")
    result = play_command(tmp_path / "case", command, SAMPLE[command], shared)
    assert result.broken == []
    assert result.fired == list(SAMPLE[command])


def test_each_of_these_points_is_there():
    assert OF_COMMANDS.keys() <= {point.name for point in call_sites.points()}
