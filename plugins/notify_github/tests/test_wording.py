"""What the developer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aslo_notify_github import wording
from aslo_notify_github.notifier import SHIPPED
from aslo_notify_github.wording import MARKDOWN, marker
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import Notice, Person, Repository, Templates
from aslo_core.testing.notifier import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

BOUND = 65536
TEMPLATES = Templates(SHIPPED, None, {".md": MARKDOWN})


def comment(notice: Notice) -> str:
    return wording.comment(notice, TEMPLATES)


def description(notice: Notice) -> str:
    return wording.description(notice, TEMPLATES)


def notice(kind: str = "rejected", **fields: object) -> Notice:
    known: Mapping[str, object] = {
        "id": "n1",
        "kind": kind,
        "repository": Repository(source="github", id="1", owner="sugarlabs", name="hello"),
        "release_id": "7",
        "tag": "v1",
        "author": Person(login="ada"),
        "status_url": "https://aslo.example/releases/7",
        "occurred_us": 1_790_000_000_000_000,
        "commit": "1" * 40,
    }
    return Notice(**(dict(known) | fields))  # type: ignore[arg-type]


def test_a_rejection_tells_what_why_and_what_to_do() -> None:
    text = comment(notice(reason="The icon is missing.", rule="bundle.icon-missing", cure="Add `activity/hello.svg`."))
    assert text == (
        "<!-- aslo-notice: n1 -->\n"
        "\n"
        "### ❌ v1 was not published\n"
        "\n"
        "Something in the release needs your hand first.\n"
        "\n"
        "**What happened:** The icon is missing. (`bundle.icon-missing`)\n"
        "\n"
        "**What you can do:** Add \\`activity/hello.svg\\`.\n"
        "\n"
        "[Timeline and log](<https://aslo.example/releases/7>)\n"
        "\n"
        "<sub>Tag `v1`, told by ASLO</sub>"
    )


def test_a_rejection_leads_to_the_page_on_its_rule_where_there_is_one() -> None:
    page = "https://aslo.example/rules/bundle.icon-missing"
    told = notice(reason="The icon is missing.", rule="bundle.icon-missing", cure="Add it.", rule_url=page)
    assert f"[About this rule](<{page}>) · [Timeline and log](<https://aslo.example/releases/7>)" in comment(told)
    assert "About this rule" not in comment(notice(reason="It is odd.", rule="elsewhere.odd", cure="Make it even."))


def test_a_publication_links_to_page_and_download_and_lists_warnings() -> None:
    addresses = {"activity_url": "https://aslo.example/a/1.2", "download_url": "https://aslo.example/Hello-1.2.xo"}
    text = comment(notice("published", name="Hello World", version="1.2", warnings=("po/de.po is broken",), **addresses))
    assert "### ✅ Hello World 1.2 is published" in text
    assert "[Activity page](<https://aslo.example/a/1.2>) · [Download](<https://aslo.example/Hello-1.2.xo>) · [Timeline" in text
    assert "\n- po/de.po is broken\n" in text


@pytest.mark.parametrize("kind", ["started", *ENDINGS])
def test_every_comment_leads_to_the_log(kind: str) -> None:
    assert "(<https://aslo.example/releases/7>)" in comment(notice(kind))


def test_many_warnings_are_counted_not_listed() -> None:
    assert "- and 90 more" in comment(notice("published", warnings=tuple(f"Warning {n}" for n in range(100))))


@given(st.text(max_size=5000), st.sampled_from(("started", *ENDINGS)))
def test_whatever_a_developer_writes_the_comment_and_status_keep_githubs_bounds(text: str, kind: str) -> None:
    hostile = notice(kind, tag=text or "v", name=text, version=text, reason=text, cure=text, rule=text, warnings=(text,) * 50)
    assert len(comment(hostile)) <= BOUND
    assert 0 < len(description(hostile)) <= 140
    assert max(map(ord, description(hostile))) <= 0xFFFF
    assert comment(hostile).splitlines()[0] == marker(hostile)


@given(st.text(min_size=1), st.text(min_size=1))
def test_markers_differ_as_ids_do_and_stay_one_hidden_line(one: str, other: str) -> None:
    assert (marker(notice(id=one)) == marker(notice(id=other))) == (one == other)
    assert marker(notice(id=one)).count("-->") == 1
    assert len(marker(notice(id=one)).splitlines()) == 1
