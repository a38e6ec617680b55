"""What strangers wrote: shown as they wrote it, but for what would act on whoever looks at it."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.plain_text import one_line, plain, shown

anything = st.text(st.characters(codec=None)) | st.text(
    st.sampled_from("a \t\n\x1b\x85\u2028\u202e\u2066\u206a\ufeff\ufffe\ud800")
)


@pytest.mark.parametrize(
    "acting",
    [
        *("\x00", "\x07", "\x1b", "\r", "\x7f", "\x9b"),
        *("\u202a", "\u202d", "\u202e", "\u2066", "\u2067", "\u2069", "\u206a"),
        *("\u2028", "\u2029", "\ufeff", "\ufff9", "\ufffb", "\uffff", "\ud800", "\udfff", "\U000e0041"),
    ],
    ids=ascii,
)
def test_what_acts_is_taken_out(acting: str) -> None:
    assert plain(f"a{acting}b") == "ab"
    assert plain(f"a{acting}b", instead="?") == "a?b"
    assert one_line(f"a{acting}b") in ("ab", "a b")


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648",  # Persian, with a non-joiner
        "\u05e9\u05dc\u05d5\u05dd\u200f!",  # Hebrew, with a mark
        "\u061c\u0661\u06dd",  # Arabic letter mark, digit, end of ayah
        "\u1797\u17b6\u179f\u17b6\u200b\u1781\u17d2\u1798\u17c2\u179a",  # Khmer, with a space without width
        "\U0001f469\u200d\U0001f680",
    ],
    ids=ascii,
)
def test_what_scripts_need_stays(text: str) -> None:
    assert one_line(text) == plain(text) == text


def test_white_space_between_words_stays_white_space() -> None:
    assert one_line("  one\r\ntwo\u2028three\x85four\tfive \x07 six ") == "one two three four five six"


def test_plain_keeps_lines_and_tabs() -> None:
    assert plain("one\n\ttwo\r\n") == "one\n\ttwo\n"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert one_line("word " * 100, 20) == "word word word word…"
    assert one_line("exactly", 7) == "exactly"
    assert one_line("too long", 5) == "too…"


@given(anything, st.none() | st.integers(1, 30))
def test_a_line_is_one_line_of_any_length_and_can_be_written_down(text: str, longest: int | None) -> None:
    line = one_line(text, longest)
    assert longest is None or len(line) <= longest
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert not any(unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in line)
    assert ET.fromstring(ET.tostring(_element(line))).text in (line, None)  # noqa: S314 - made right here
    assert one_line(line, longest) == line


@given(anything)
def test_plain_text_is_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    plain(text).encode()


def test_a_quoted_text_is_ascii_and_short() -> None:
    assert shown("a\u202eb\n") == r"'a\u202eb\n'"
    assert shown("x" * 100, 10) == "'xxxxxxxxxx...'"


def _element(text: str) -> ET.Element:
    element = ET.Element("text")
    element.text = text
    return element
