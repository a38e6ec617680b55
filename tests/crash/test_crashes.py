"""Whatever point ASLO dies at, the next start puts everything right: a sample of `make crash`, each point once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.s3_server import run_moto
from aslo_core.testing.services import missing
from tests.crash import call_sites
from tests.crash.case import play
from tests.crash.plan import ELSEWHERE, chains, needs_services
from tests.crash.running import Kill
from tests.crash.services import Servers, make_log

SEED = 0
NAMES = [point.name for point in call_sites.points()]
SAMPLE = chains(NAMES, SEED)


@pytest.fixture(scope="module")
def shared(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers of this test process for all cases that need them."""
    try:
        with run_moto(tmp_path_factory.mktemp("s3")) as s3:
            yield Servers(postgres_server, make_log(postgres_server), s3)
    except NotInstalled as error:
        missing(str(error))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", SAMPLE, ids=[",".join(map(str, kills)) for kills in SAMPLE])
def test_nothing_is_lost_doubled_or_left_behind(tmp_path: Path, request: pytest.FixtureRequest, kills: Sequence[Kill]):
    shared: Servers | None = request.getfixturevalue("shared") if needs_services(kills) else None
    result = play(tmp_path / "case", kills, SEED, shared=shared)
    assert result.broken == []
    assert result.fired == list(kills)


def test_the_sample_comes_to_every_point_that_a_release_comes_to():
    assert {kill.point for kills in SAMPLE for kill in kills} == set(NAMES) - ELSEWHERE.keys()
