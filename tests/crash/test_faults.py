"""The harness is tested: each of these faults is put into the product, and must be caught."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aslo_core.testing.github.faults import server_error, slow
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.services import missing
from tests.crash.case import play
from tests.crash.feeding import steady
from tests.crash.running import Kill
from tests.crash.scene import Scene
from tests.crash.services import Servers
from tests.crash.strikes import REDIS, WORKERS, How, Strike
from tests.crash.under_fire import endure

FAULTY = Path(__file__).with_name("faulty")
STOPPED_IN_TURN = [Strike(worker, How.STOP) for worker in WORKERS * 2]
AWAY_S = 10.0
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="a sandbox that is not root's is not half made in this way")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "kill", "caught"),
    [
        ("answer before commit", "log.sqlite.append.before:4", "lost: "),
        ("no idempotency key", "", "ended: "),
        ("claim without expiry", "steps.fetch.before:1", "stuck: "),
        ("store before reserve", "", "storage main: "),
        ("rename before fsync", "", "order: "),
        ("comment without marker", "notify_github.comment.after:1", "comments: "),
        ("reconciler off", "jobs.ring.before:1", "stuck: "),
        ("projection position apart from its rows", "projections.batch.before:5", "projection "),
        ("uploads not swept", "storage_local.link.before:1", "left: storage/.incoming/"),
        ("uploads not swept", "storage_ftp.rename.before:1", "left: ftp/"),
        pytest.param("orphans not swept", "steps.build.after:1", "left: sandbox ", marks=AS_ROOT),
    ],
)
def test_a_fault_is_caught(tmp_path: Path, fault: str, kill: str, caught: str):
    kills = [Kill.parse(kill)] if kill else []
    environment = {"PYTHONPATH": str(FAULTY), "ASLO_CRASH_FAULT": fault}
    patience_s = 20 if kill else 45
    result = play(tmp_path / "case", kills, environment=environment, patience_s=patience_s)
    assert [sentence for sentence in result.broken if sentence.startswith(caught)], result


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "kill", "caught"),
    [
        ("another id with each e-mail", "notify_email.hand-over.after:1", "messages: mail "),
        ("webhooks posted twice", "notify_webhook.post.after:1", "doubled: chat "),
    ],
)
def test_a_fault_that_peers_see_is_caught(tmp_path: Path, shared: Servers, fault: str, kill: str, caught: str):
    environment = {"PYTHONPATH": str(FAULTY), "ASLO_CRASH_FAULT": fault}
    result = play(tmp_path / "case", [Kill.parse(kill)], environment=environment, patience_s=40, shared=shared)
    assert [sentence for sentence in result.broken if sentence.startswith(caught)], result


@AS_ROOT
@pytest.mark.timeout(300)
def test_a_death_while_a_sandbox_is_made_leaves_nothing(tmp_path: Path):
    kills = [Kill("steps.build.after")]
    environment = {"PYTHONPATH": str(FAULTY), "ASLO_CRASH_FAULT": "death while a sandbox is made"}
    result = play(tmp_path / "case", kills, environment=environment)
    assert (result.broken, result.fired) == ([], kills)


def fetching_fails_while_redis_is_away(scene: Scene) -> None:
    """Each job that is begun at first waits until Redis has been killed, and then raises."""
    scene.github.fail(slow(AWAY_S / 2), method="GET", path="*/releases/*", times=4)
    scene.github.fail(server_error(503), method="GET", path="*", times=4)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("fault", "strikes", "prepare", "caught"),
    [
        ("no fence", STOPPED_IN_TURN, lambda _: None, "fence: "),
        ("dramatiq's own retries", [Strike(REDIS)], fetching_fails_while_redis_is_away, "stuck: "),
    ],
)
def test_a_fault_of_several_processes_is_caught(
    tmp_path: Path, fault: str, strikes: Sequence[Strike], prepare: Callable[[Scene], None], caught: str
):
    environment = {"PYTHONPATH": str(FAULTY), "ASLO_CRASH_FAULT": fault}
    try:
        result = endure(
            tmp_path / "case",
            strikes,
            feed=steady(6),
            lease_s=2,
            away_s=AWAY_S,
            prepare=prepare,
            environment=environment,
            patience_s=40,
        )
    except NotInstalled as error:
        missing(str(error))
    assert [sentence for sentence in result.broken if sentence.startswith(caught)], result
