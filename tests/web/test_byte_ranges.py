"""Ranges, against RFC 9110's own examples and a plain model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from aslo_core.web.byte_ranges import wanted_range

sizes = st.integers(0, 50)
numbers = st.integers(0, 60)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-499", (0, 500)),
        ("bytes=500-999", (500, 1000)),
        ("bytes=-500", (9500, 10_000)),
        ("bytes=9500-", (9500, 10_000)),
    ],
)
def test_the_examples_of_the_rfc(header: str, part: tuple[int, int]) -> None:
    assert wanted_range(header, 10_000) == part


@given(sizes, numbers, numbers)
def test_a_closed_range_is_the_slice(size: int, first: int, last: int) -> None:
    data = bytes(range(size))
    try:
        part = wanted_range(f"bytes={first}-{last}", size)
    except RequestedRangeNotSatisfiable:
        assert data[first : last + 1] == b""
        return
    if last < first:
        assert part is None
    else:
        assert part is not None
        assert data[slice(*part)] == data[first : last + 1] != b""


@given(sizes, numbers)
def test_an_ending_is_the_slice(size: int, count: int) -> None:
    data = bytes(range(size))
    try:
        part = wanted_range(f"bytes=-{count}", size)
    except RequestedRangeNotSatisfiable:
        assert size == 0 or count == 0
        return
    assert part is not None
    assert data[slice(*part)] == data[-count:]


@given(st.text(alphabet="bytes=-,0123 ", max_size=20), sizes)
def test_whatever_is_asked_the_answer_lies_within(header: str, size: int) -> None:
    try:
        part = wanted_range(header, size)
    except RequestedRangeNotSatisfiable:
        return
    assert part is None or 0 <= part[0] < part[1] <= size
