"""How long a client may take over its request."""

from __future__ import annotations

import math

import pytest

from aslo_core.web.patience import BODY_S, HEAD_S, SLOWEST, SLOWEST_ANSWER, answer_due, lateness


@pytest.mark.parametrize(
    ("took_s", "body_bytes", "late"),
    [
        (HEAD_S, None, False),
        (HEAD_S + 1, None, True),
        (HEAD_S + 1, 0, False),
        (BODY_S, 0, False),
        (BODY_S + 1, 0, True),
        (BODY_S + 1, 31, True),
        (BODY_S + 1, SLOWEST, False),
        (BODY_S + 400, 400 * SLOWEST, False),
        (BODY_S + 401, 400 * SLOWEST, True),
    ],
)
def test_a_request_has_its_time(took_s: float, body_bytes: int | None, late: bool) -> None:
    assert bool(lateness(took_s, body_bytes)) is late


@pytest.mark.parametrize(
    ("taken", "late"),
    [
        ([0] * 120, False),
        ([0] * 121, True),
        ([SLOWEST_ANSWER] * 86_400, False),
        ([SLOWEST_ANSWER - 20] * 86_400, True),
        ([0] * 110 + [8_000 * 110] + [0] * 110, False),
        ([100 << 20] * 10 + [0] * 121, True),
        ([100 << 20] * 10 + [0] * 120, False),
    ],
)
def test_an_answer_is_kept_for_whoever_takes_it(taken: list[int], late: bool) -> None:
    due = answer_due(math.inf, 0, 0)
    lates = []
    for now, taken_bytes in enumerate(taken, 1):
        due = answer_due(due, now, taken_bytes)
        lates.append(now > due)
    assert any(lates) is late
