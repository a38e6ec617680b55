"""Text of strangers stays text, for a real CommonMark parser and for the patterns by which GitHub finds references."""

from __future__ import annotations

import re

import pytest
from aslo_notify_github.markdown import code, escape, link
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from aslo_core.api import one_line

MENTION = re.compile(r"(?:^|\W)@[a-z0-9][a-z0-9-]*", re.IGNORECASE)
ISSUE = re.compile(r"(?:^|\W)(?:#|GH-)\d+", re.IGNORECASE)
ADDRESS = re.compile(r"(?:https?|ftp)://\w|www\.\w", re.IGNORECASE)

awkward = st.text(st.sampled_from("@#ab1`*_[]()<>!\\~|&;-+=.:/ \n\tGH$\u202e")) | st.text()


def inline(markdown: str) -> list[Token]:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], markdown
    return tokens[1].children or []


def shown(tokens: list[Token]) -> str:
    assert {token.type for token in tokens} <= {"text", "text_special"}, tokens
    return "".join(token.content for token in tokens)


@given(awkward)
def test_escaped_text_is_one_paragraph_of_plain_text_that_reads_the_same(text: str) -> None:
    line = one_line(text, 1000)
    if line:
        assert shown(inline(escape(text))).replace("\u200b", "") == line.replace("\u200b", "")


@given(awkward)
def test_escaped_text_mentions_nobody_and_refers_to_nothing(text: str) -> None:
    if one_line(text, 1000):
        rendered = shown(inline(escape(text)))
        assert not MENTION.search(rendered)
        assert not ISSUE.search(rendered)
        assert not ADDRESS.search(rendered)


@given(awkward)
def test_code_shows_exactly_the_text(text: str) -> None:
    (token,) = inline(code(text))
    assert token.type == "code_inline"
    assert token.content == (one_line(text, 200) or " ")


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "see #1 and GH-2",
        "![](https://evil.example/pixel.png)",
        "<img src=x>",
        "<!-- aslo-notice: other -->",
        "- list",
        "1. list",
        "# heading",
        "> quote",
        "```\ncode",
        "[x](javascript:alert(1))",
        "a | b",
        "&lt;",
        "---",
        "www.example.org",
    ],
)
def test_known_tricks_do_nothing(text: str) -> None:
    rendered = shown(inline(escape(text)))
    assert not MENTION.search(rendered)
    assert not ISSUE.search(rendered)


def test_a_link_cannot_be_broken_out_of() -> None:
    tokens = inline(link("Log", "https://aslo.example/a b>(x)<y>\n@me"))
    assert [token.type for token in tokens] == ["link_open", "text", "link_close"]


def test_long_text_is_cut_and_says_so() -> None:
    assert escape("word " * 100, 20) == "word word word word…"
    assert code("word " * 100, 20) == "`word word word word…`"
