from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.versions import LONGEST, Version
from aslo_core.errors import Permanent

NUMBERS = st.lists(st.integers(0, 10**6), min_size=1, max_size=5)


def parse(numbers: list[int], suffix: str = "") -> Version:
    return Version.parse(".".join(map(str, numbers)) + suffix)


@pytest.mark.parametrize("text", ["0", "1", "10", "108.1", "1.2.3", "1.2.3-peru", "33~dfsg", "2-rc1", "20100214", "0.0.1"])
def test_a_version_is_shown_as_it_was_written(text: str) -> None:
    assert str(Version.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " 1",
            "1 ",
            "1\n",
            "v1",
            "1.",
            ".1",
            "1..2",
            "01",
            "1.02",
            "00",
            "1,2",
            "1.2peru",
            "1-",
            "1~",
            "-1",
            "+1",
            "1e3",
            "1/2",
        ),
        *("../1", "1-a/b", "\u0661", "1.x", "%(version)s", "1" * 19, "1." * 40 + "1", "1-" + "a" * LONGEST),
    ],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(Permanent) as refused:
        Version.parse(text)
    assert refused.value.rule == "bundle.version-malformed"
    assert len(refused.value.found) < 200


def test_versions_are_no_floats() -> None:
    assert Version.parse("1.10") > Version.parse("1.9") > Version.parse("1.1")
    assert Version.parse("0.100") > Version.parse("0.96")
    assert Version.parse("9007199254740993") > Version.parse("9007199254740992")


def test_trailing_zeros_and_suffixes_do_not_count() -> None:
    assert len({Version.parse(text) for text in ("1", "1.0", "1.0.0", "1~dfsg", "1.0-peru")}) == 1
    assert Version.parse("0") == Version.parse("0.0")
    assert Version.parse("1.0.1") > Version.parse("1~zzz")


def test_the_suffix_that_sugar_reads() -> None:
    assert Version.parse("1~dfsg").readable_by_sugar
    assert Version.parse("1").readable_by_sugar
    assert not Version.parse("1-rc1").readable_by_sugar


def test_a_version_is_not_equal_to_a_text() -> None:
    assert Version.parse("1") != "1"


@given(NUMBERS, NUMBERS)
def test_order_is_that_of_the_numbers(one: list[int], other: list[int]) -> None:
    width = max(len(one), len(other))
    padded = [numbers + [0] * (width - len(numbers)) for numbers in (one, other)]
    assert (parse(one) < parse(other)) == (padded[0] < padded[1])
    assert (parse(one) == parse(other)) == (padded[0] == padded[1])
    assert (parse(one) >= parse(other)) == (padded[0] >= padded[1])


@given(NUMBERS, st.integers(0, 3), st.sampled_from(["", "-peru", "~dfsg"]))
def test_equal_versions_have_one_hash(numbers: list[int], zeros: int, suffix: str) -> None:
    other = parse(numbers + [0] * zeros, suffix)
    assert other == parse(numbers)
    assert hash(other) == hash(parse(numbers))


@given(st.text(max_size=100))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    try:
        version = Version.parse(text)
    except Permanent:
        return
    assert str(version) == text
    assert text.isascii()
    assert "/" not in text
