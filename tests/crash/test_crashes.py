"""Whatever point ASLO dies at, the next start puts everything right: a sample of `make crash`, each point once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.crash import call_sites
from tests.crash.case import play
from tests.crash.plan import OF_COMMANDS, first_hits, in_company, needs_services
from tests.crash.running import Kill
from tests.crash.services import Servers

SEED = 0
NAMES = [point.name for point in call_sites.points()]
SAMPLE = in_company(first_hits(NAMES), SEED)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", SAMPLE, ids=[",".join(map(str, kills)) for kills in SAMPLE])
def test_nothing_is_lost_doubled_or_left_behind(tmp_path: Path, request: pytest.FixtureRequest, kills: Sequence[Kill]):
    shared: Servers | None = request.getfixturevalue("shared") if needs_services(kills) else None
    result = play(tmp_path / "case", kills, SEED, shared=shared)
    assert result.broken == []
    assert result.fired == list(kills)


def test_the_sample_comes_to_every_point_that_a_release_comes_to():
    assert {kill.point for kills in SAMPLE for kill in kills} == set(NAMES) - OF_COMMANDS
