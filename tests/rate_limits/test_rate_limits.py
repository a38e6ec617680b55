from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.rate_limits import UNNAMED_WAIT_SECONDS, rate_limit_wait, retry_after

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {}, UNNAMED_WAIT_SECONDS),
        (429, {"retry-after": "7"}, 7),
        (403, {"retry-after": "7"}, 7),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 90)}, 91),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 90)}, 1),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, UNNAMED_WAIT_SECONDS),
        (403, {"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(int(NOW) + 90)}, None),
        (403, {}, None),
        (503, {"retry-after": "7"}, None),
    ],
)
def test_only_a_limit_that_is_reached_asks_to_wait(status: int, headers: dict[str, str], wait: float | None) -> None:
    assert rate_limit_wait(status, headers, NOW) == wait


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("-5", None),
        ("\u0665", None),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


@given(value=st.text(), remaining=st.text(max_size=3), reset=st.text())
def test_no_header_of_a_peers_is_a_surprise(value: str, remaining: str, reset: str) -> None:
    headers = {"retry-after": value, "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}
    wait = rate_limit_wait(429, headers, NOW)
    assert wait is not None
    assert wait >= 0
