"""The harness is tested: each of these faults is put into the product, and must be caught.

Not here yet, since one process that dies cannot show them: no fence (needs a worker that was taken for dead and goes on), and
dramatiq's own retries (need a Redis that is away while a job raises).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.case import play
from tests.crash.running import Kill

FAULTY = Path(__file__).with_name("faulty")


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
    ],
)
def test_a_fault_is_caught(tmp_path: Path, fault: str, kill: str, caught: str):
    kills = [Kill.parse(kill)] if kill else []
    environment = {"PYTHONPATH": str(FAULTY), "ASLO_CRASH_FAULT": fault}
    patience_s = 20 if kill else 45
    result = play(tmp_path / "case", kills, environment=environment, patience_s=patience_s)
    assert [sentence for sentence in result.broken if sentence.startswith(caught)], result
