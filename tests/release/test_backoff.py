"""How long to wait before the next attempt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aslo_core.release.backoff import FIRST_DELAY_S, LONGEST_DELAY_S, MAX_ATTEMPTS, delay_us

FAILURES = st.integers(0, 10_000)
JITTER = st.floats(0, 1)
SECOND = 1_000_000


@given(FAILURES, JITTER)
def test_never_less_than_half_a_second_nor_more_than_ten_minutes(failures: int, jitter: float):
    assert FIRST_DELAY_S * SECOND / 2 <= delay_us(failures, jitter) <= LONGEST_DELAY_S * SECOND


@given(FAILURES, JITTER)
def test_never_shorter_after_more_failures(failures: int, jitter: float):
    assert delay_us(failures, jitter) <= delay_us(failures + 1, jitter)


@given(st.integers(0, 8), JITTER)
def test_twice_as_long_each_time_at_first(failures: int, jitter: float):
    assert abs(delay_us(failures + 1, jitter) - 2 * delay_us(failures, jitter)) <= 1


@given(FAILURES)
def test_jitter_spreads_over_half_of_the_wait(failures: int):
    assert delay_us(failures, 0.0) * 2 == delay_us(failures, 1.0)


@given(FAILURES, JITTER, st.floats(0, 3600))
def test_never_before_the_peer_asked_for(failures: int, jitter: float, retry_after: float):
    assert delay_us(failures, jitter, retry_after) == max(delay_us(failures, jitter), int(retry_after * SECOND))


@given(JITTER, st.floats(3600, 1e12))
def test_but_within_the_hour(jitter: float, retry_after: float):
    assert delay_us(0, jitter, retry_after) == 3600 * SECOND


def test_a_peer_may_be_away_for_more_than_an_hour():
    waits = [delay_us(failures, 0.0) for failures in range(MAX_ATTEMPTS["transient"] - 1)]
    assert sum(waits) > 2700 * SECOND
    assert sum(delay_us(failures, 0.5) for failures in range(MAX_ATTEMPTS["transient"] - 1)) > 3600 * SECOND
