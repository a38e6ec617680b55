"""How long a client may take over its request."""

from __future__ import annotations

import pytest

from aslo_core.web.patience import BODY_S, HEAD_S, SLOWEST, lateness


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
