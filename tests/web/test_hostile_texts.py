"""Whatever a developer writes, a page stays a page: no script, no style, no other host, no broken direction."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core import events as e
from aslo_core.log import output_text
from aslo_core.log.output_text import OutputText, behind_line_end, harmless
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.web.build_log import tail
from aslo_core.web.release_notes import render_notes
from aslo_core.web.words import coded, plain, prose, size, web_link

PAGES = (
    "/",
    "/?sort=name",
    "/activities/vu.lux.olpc.Maze/31",
    "/activities/vu.lux.olpc.Maze/29",
    "/activities/org.example.Hostile/9",
    "/activities/org.example.Habit/1.0-beta",
    "/status",
    "/status?state=rejected",
    "/status/releases/github/6/600",
    "/status/releases/github/8/800",
    "/status/releases/github/8/801",
    "/status/releases/github/7/702",
    "/status/releases/github/1/103",
    "/status/deliveries/github/0a1b2c3d-refused",
    "/rules",
    "/rules/bundle.icon-missing",
    "/rules/bundle.screenshot-count",
    "/rules/storage.other-bytes",
    "/nothing/here",
)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """Reads a page and notes what must not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.landmarks: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "style", "iframe", "object", "embed", "form"):
            self.wrong.append(f"<{tag}>")
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        source = given.get("src", "") or ""
        if tag in ("img", "link") and not (source or given.get("href") or "").startswith(("/", "https://aslo.example/")):
            self.wrong.append(f"loads {given}")
        if tag == "a" and not (given.get("href") or "").startswith(("/", "#", "https://", "mailto:")):
            self.wrong.append(f"leads to {given.get('href')}")
        if tag == "img" and "alt" not in given:
            self.wrong.append("a picture without a text")
        if "id" in given:
            self.ids.append(given["id"] or "")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag in ("header", "main", "footer", "nav"):
            self.landmarks.append(tag)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def close(self) -> None:
        super().close()
        self.wrong += [f"<{tag}> stays open" for tag in self._open]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_harmless(gallery: Site, path: str) -> None:
    response = gallery.get(path)
    assert response.mimetype == "text/html"
    page = Page()
    page.feed(response.text)
    page.close()
    assert page.wrong == []
    assert len(page.ids) == len(set(page.ids)), "an id twice"
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert {"header", "main", "footer", "nav"} <= set(page.landmarks)
    for character in "\u202e\u202d\u2066\x1b\x07\x00\x9b":
        assert character not in response.text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_forbids_what_it_does_not_need(gallery: Site, path: str) -> None:
    headers = gallery.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [path for path in PAGES if "29" not in path and "nothing" not in path])
def test_every_page_is_json_as_well(gallery: Site, path: str) -> None:
    assert isinstance(gallery.json(path), dict)
    joint = "&" if "?" in path else "?"
    assert gallery.get(f"{path}{joint}format=json").mimetype == "application/json"


def test_a_browser_gets_a_page(gallery: Site) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for value in (accept, "*/*", "image/png"):
        assert gallery.get("/", Accept=value).mimetype == "text/html"


def test_a_hostile_file_name_is_tamed(gallery: Site) -> None:
    download = gallery.json("/activities/org.example.Hostile/9")["download"]
    assert download["file_name"] == "etc-pass-wd-X-y.xo"
    assert gallery.get(download["url"]).headers["Content-Disposition"] == 'attachment; filename="etc-pass-wd-X-y.xo"'


def test_links_that_browsers_must_not_follow_are_left_out(gallery: Site) -> None:
    told = gallery.json("/activities/org.example.Hostile/9")
    assert told["home_url"] == ""
    assert told["contributors"][0]["profile_url"] == ""


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://example.org/a?b#c", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org/x", False),
        ("https://", False),
        ("https:///x", False),
        ("https://[broken", False),
        ("https://example.org/\nX", False),
        ("", False),
        ("https://example.org/" + "x" * 3000, False),
    ],
)
def test_only_links_to_the_web_are_links(address: str, kept: bool) -> None:
    assert web_link(address) == (address if kept else "")


@given(st.text(max_size=2000))
def test_a_plain_text_is_one_short_line_without_controls(text: str) -> None:
    shown = plain(text, 50)
    assert len(shown) <= 50
    assert not set(shown) & set("\n\r\t\x00\x1b\u202a\u202e\u2066\u2069\u2028\ufeff")


def test_joiners_that_scripts_need_are_kept() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648"
    assert plain(persian) == persian
    assert plain("👩\u200d🚀") == "👩\u200d🚀"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("GitHub sends `published`, which starts it", "GitHub sends <code>published</code>, which starts it"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("`<script>` & <b>", "<code>&lt;script&gt;</code> &amp; &lt;b&gt;"),
        ("one ` alone", "one ` alone"),
        ("not `over\nlines`", "not `over\nlines`"),
        ("``", "``"),
    ],
)
def test_what_stands_between_backticks_is_shown_as_code(sentence: str, shown: str) -> None:
    assert coded(sentence) == shown


def test_no_page_shows_the_backticks_of_a_sentence(site: Site) -> None:
    told = "GitHub sends `published` <b>"
    stream = values.announcement("1").stream
    site.story.announced(values.announcement("1"))
    site.story.happened(stream, e.ReleaseCancelled(by="operator", reason=told))
    site.story.happened("delivery/github/d1", e.DeliveryRefused(reason=told, body_digest="", body_size=0))
    for path in ("/status", f"/status/releases/{stream.removeprefix('release/')}", "/status/deliveries/github/d1"):
        page = site.get(path, Accept="text/html").text
        assert "GitHub sends <code>published</code> &lt;b&gt;" in page, path
        assert "`" not in page, path


def test_prose_keeps_its_lines() -> None:
    assert prose("one\r\n\x1btwo\n\nthree  four\n") == "one\ntwo\n\nthree four"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_950, "1.0 MB"), (5_000_000_000, "5.0 GB")],
)
def test_sizes_read_well(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"\x1b[31;1mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]0;ti\ntle\x07text", "\ntle\ufffdtext"),
        (b"\x1b]0;ti\rtle", "tle"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1bPq#0;2;0;0;0\x1b\\text", "text"),
        (b"\x1b(Btext\x1b=", "text"),
        (b" 10%\r 50%\r100%\n", "100%\n"),
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"half\xc3", "half\ufffd"),
        (b"a\x00b\x08c\x7f", "a\ufffdb\ufffdc\ufffd"),
        ("\u202eevil\u2066".encode(), "\ufffdevil\ufffd"),
        (b"\x1b", ""),
        (b"tab\tkept\n", "tab\tkept\n"),
        (b"done\r", "done\n"),
        (b"a\rb\r", "b\n"),
        (b"a\r\r\nb", "a\n\nb"),
        (b"x" * 1_000_000 + b"\ry", "y"),  # at once, however long it is
    ],
)
def test_a_log_is_made_harmless(written: bytes, shown: str) -> None:
    assert harmless([written]) == shown


ACTING = [b"\x1b", b"]", b"[", b"P", b"\\", b"\x07", b"\n", b"\r", b"\r\n", b"31m", b"a", b"\xe2\x82\xac", b"\xe2", b"x" * 4090]


@given(st.lists(st.binary(max_size=20) | st.sampled_from(ACTING), max_size=30), st.lists(st.integers(0, 200), max_size=4))
def test_where_a_log_was_cut_into_pieces_does_not_matter(written: list[bytes], cuts: list[int]) -> None:
    data = b"".join(written)
    whole = harmless([data])
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[begin:end] for begin, end in pairwise(bounds)]
    assert harmless(pieces) == whole
    assert harmless(written) == whole
    assert not any(one < " " and one not in "\n\t" for one in whole)


@given(st.lists(st.binary(max_size=20) | st.sampled_from(ACTING), max_size=30))
def test_what_was_told_of_a_log_that_grows_stays_true(written: list[bytes]) -> None:
    text, told = OutputText(), ""
    whole = harmless(written)
    for piece in written:
        told += text.feed(piece)
        assert whole.startswith(told)
        assert told == "" or told.endswith("\n")
    assert told + text.rest() == whole


BEGUN = st.lists(st.sampled_from([b"\x1b]0;", b"\x1bP", b"\x1b[1", b"\x1b", b"\x07", b"\n", b"\r", b"a", b"\xe2"]), max_size=30)


@given(BEGUN)
def test_what_a_line_shows_depends_on_no_other_line(written: list[bytes]) -> None:
    data = b"".join(written)
    assert harmless([data]) == "".join(harmless([line]) for line in re.split(rb"(?<=\n)", data))


@given(BEGUN, st.integers(0, 30))
def test_a_piece_out_of_the_middle_of_a_log_shows_what_the_whole_does(written: list[bytes], cut: int) -> None:
    data = b"".join(written)
    kept = behind_line_end(data[cut:])
    assert harmless([data]).endswith(harmless([kept]))
    assert kept.count(b"\n") >= data[cut:].count(b"\n") - 1


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        (b"1m red\none\ntwo", b"one\ntwo"),
        (b"\xac\r\none\r\n", b"one\r\n"),
        (b"0%\r 50%\r100%", b" 50%\r100%"),
        (b"\none", b"one"),
        (b"one", b""),
    ],
)
def test_a_piece_out_of_the_middle_of_a_log_begins_behind_a_line_end(piece: bytes, kept: bytes) -> None:
    assert behind_line_end(piece) == kept


class Counted:
    """A pattern that counts the characters it is given to look at."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.characters = 0
        self._pattern = pattern

    def __getattr__(self, method: str) -> Callable[..., object]:
        def counted(*arguments: str) -> object:
            self.characters += len(arguments[-1])
            found: object = getattr(self._pattern, method)(*arguments)
            return found

        return counted


@pytest.mark.parametrize("piece", [b"\x1b]a\n", b"\x1b]", b"\x1b[1", b"a\r", b"a\n\x1bP"])
def test_a_log_in_many_pieces_is_looked_at_once(monkeypatch: pytest.MonkeyPatch, piece: bytes) -> None:
    """A program may flush after each few bytes, and begin what it never ends."""
    counted = Counted(output_text._ESCAPES)
    monkeypatch.setattr(output_text, "_ESCAPES", counted)
    harmless([piece] * 1000)
    assert counted.characters <= 1000 * len(piece)


def test_a_line_without_an_end_is_not_copied_for_each_piece() -> None:
    tracemalloc.start()
    try:
        text = OutputText()
        text.feed(b"x" * (1 << 22))
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(10):
            text.feed(b"x" * 4096)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 1 << 21
    assert text.rest() == "x" * ((1 << 22) + 10 * 4096)


@given(st.text(alphabet="ab\n", max_size=60), st.integers(1, 30))
def test_the_end_of_a_log(text: str, longest: int) -> None:
    shown = tail(text, longest)
    assert len(shown) <= longest
    assert text.endswith(shown)
    assert shown or not text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# One\n## Two\n##### Five", "<h3>One</h3>\n<h4>Two</h4>\n<h6>Five</h6>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("~~old~~ **new**", "<p><s>old</s> <strong>new</strong></p>\n"),
    ],
)
def test_notes_are_rendered_and_cleaned(written: str, shown: str) -> None:
    assert render_notes(written) == shown


def test_links_in_notes_lend_nobody_our_name() -> None:
    for written in ("https://example.org/x", "[x](https://example.org/x)", "![a picture](https://example.org/x)"):
        html = render_notes(written)
        assert 'href="https://example.org/x"' in html
        assert 'rel="nofollow noopener noreferrer ugc"' in html
        assert "<img" not in html
    assert ">a picture</a>" in render_notes("![a picture](https://example.org/x)")


@pytest.mark.parametrize("written", ["[" * 20_000, "> " * 10_000, "*_" * 10_000, "http://" * 3000, "|a" * 10_000, "`" * 20_000])
def test_notes_that_try_to_keep_us_busy_are_rendered(written: str) -> None:
    assert isinstance(render_notes(written), str)


@given(st.text(alphabet="<>/aiscript javascript:()[]!\"'=#*_`\n&;", max_size=200))
def test_notes_never_hold_anything_but_what_is_allowed(text: str) -> None:
    page = Page()
    page.feed(f"<div>{render_notes(text)}</div>")
    assert [one for one in page.wrong if not one.startswith("leads to")] == []
