"""The status pages tell developers what became of their release, and why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from aslo_core import events as e
from aslo_core.log import Entry
from aslo_core.log.buildlogs import BuildLogs, Chunk
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.testing.story import Made
from aslo_core.web import create_app

RELEASE = values.announcement("10", "v1")
PAGE = "/status/releases/github/1/10"


def rejected(site: Site) -> None:
    site.story.announced(RELEASE, delivery="abc")
    fetched = site.story.fetched(RELEASE, Made(), warnings=("po/xx.po is broken",))
    attempt = site.story.claimed(RELEASE, "build")
    site.logs.append(RELEASE.stream, attempt, 0, b"\x1b[31mpack")
    site.logs.append(RELEASE.stream, attempt, 9, b"ing\x1b[0m <b>\x07\n")
    ended = e.ReleaseRejected(attempt=attempt, step="build", rule="bundle.icon-missing", found="No <icon>.", cure="Add it.")
    site.story.happened(RELEASE.stream, ended)
    sent = e.NoticeSent(about=fetched.id, notifier="github", kind="started", url="https://github.com/x#1")
    site.story.happened("notice/github/1/10", sent)


def test_sources_that_are_asked_are_shown_with_what_hinders_that(site: Site) -> None:
    table = e.ConfiguredTable(key="source.github", use="github", distribution="", code="", values=())
    other = e.ConfiguredTable(key="source.gone", use="github", distribution="", code="", values=())
    site.story.happened("config", e.ConfigChanged(digest="", aslo="", tables=(table, other)))
    client = create_app(replace(site.services, listing=lambda: ("github",))).test_client()

    def shown() -> tuple[str, dict[str, object]]:
        site.projector.catch_up()
        (source,) = client.get("/status", headers={"Accept": "application/json"}).get_json()["sources"]
        return client.get("/status").text, source

    text, source = shown()
    assert "Not yet" in text
    site.story.happened("source/github", e.SourceReconciled(since_us=0, until_us=1_800_000_000_000_000, found=2))
    text, source = shown()
    assert "2 found that nobody had told" in text
    assert (source["name"], source["found"], source["retry_at"]) == ("github", 2, None)
    site.story.happened("source/github", e.SourceDelayed(failures=3, error="<b>502", retry_at_us=1_800_000_060_000_000))
    text, source = shown()
    assert "&lt;b&gt;502" in text
    assert (source["failures"], source["found"]) == (3, 2)


def test_a_delivery_that_was_found_says_so(site: Site) -> None:
    cause = e.Cause(source="intake/github", actor=e.RECONCILER)
    found = e.DeliveryIgnored(trigger="published", reason="r", body_digest="d", body_size=1)
    site.story.log.append([Entry("delivery/github/reconciled/1/10/1", found)], cause=cause)
    assert site.json("/status/deliveries/github/reconciled/1/10/1")["reconciled"] is True
    assert "Found by reconciliation" in site.get("/status/deliveries/github/reconciled/1/10/1").text
    assert "Found by reconciliation" in site.get("/status").text


def test_a_rejected_release_says_what_was_found_and_what_to_do(site: Site) -> None:
    rejected(site)
    page = site.get(PAGE).text
    for told in (
        "Rejected",
        "No &lt;icon&gt;.",
        "Add it.",
        "<code>bundle.icon-missing</code>",
        "po/xx.po is broken",
        "packing &lt;b&gt;\ufffd",
        "https://github.com/x#1",
        'href="/status/deliveries/github/abc"',
        "release.announced",
    ):
        assert told in page, told
    assert "\x1b" not in page


def lagging(site: Site, head: Callable[[], int]) -> FlaskClient:
    """The site with views that are behind the log, and `head` called whenever somebody looks how far the log is."""
    site.story.announced(RELEASE, delivery="abc")
    return create_app(replace(site.services, log_head=head)).test_client()


@pytest.mark.parametrize("path", [PAGE, "/status/deliveries/github/abc"])
def test_what_was_recorded_a_moment_ago_is_waited_for(site: Site, path: str) -> None:
    catching_up = threading.Thread(target=site.projector.catch_up)

    def head() -> int:
        catching_up.start()
        return site.story.log.head()

    client = lagging(site, head)
    assert client.get(path).status_code == 200
    catching_up.join()


@pytest.mark.parametrize("path", [PAGE, "/status/deliveries/github/abc"])
def test_views_that_stay_behind_do_not_say_that_something_is_not_there(site: Site, path: str) -> None:
    answer = lagging(site, site.story.log.head).get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("path", ["/status/releases/github/1/none", "/status/deliveries/github/none"])
def test_what_nobody_knows_is_not_there(site: Site, path: str) -> None:
    site.story.announced(RELEASE, delivery="abc")
    assert site.get(path).status_code == 404


def test_the_same_as_json(site: Site) -> None:
    rejected(site)
    told = site.json(PAGE)
    assert (told["state"], told["ended"], told["run"], told["step"]) == ("rejected", True, 1, "build")
    assert (told["rule"], told["found"], told["cure"]) == ("bundle.icon-missing", "No <icon>.", "Add it.")
    assert [one["name"] for one in told["timeline"]] == [
        "release.announced",
        "step.claimed",
        "source.fetched",
        "step.claimed",
        "release.rejected",
    ]
    log = {"attempt": 2, "run": 1, "step": "build", "text": "packing <b>\ufffd\n", "cut": False}
    assert told["logs"] == [log | {"log_url": "/status/logs/2/github/1/10", "live_url": "", "after": 0}]
    assert [(one["kind"], one["state"], one["seen_url"]) for one in told["notices"]] == [
        ("started", "sent", "https://github.com/x#1"),
        ("rejected", "pending", ""),
    ]
    assert [one["id"] for one in told["deliveries"]] == ["abc"]


def test_the_page_of_a_release_that_is_worked_on_follows_what_is_written(site: Site) -> None:
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "build")

    def running() -> tuple[str, str, int]:
        (log,) = site.json(PAGE)["logs"]
        assert log["live_url"] == "/live/logs/1/github/1/10"
        return log["text"], log["log_url"], log["after"]

    assert running() == ("", "", 0)
    for chunk in (b"one\ntw", b"o\nthree\r"):
        site.logs.append(RELEASE.stream, attempt, 0, chunk)
    assert running() == ("one\ntwo\nthree", "/status/logs/1/github/1/10", 2), "what may change has no newline behind it"
    response = site.get(PAGE)
    assert 'data-live="/live/logs/1/github/1/10" data-after="2">one\ntwo\nthree</pre>' in response.text
    assert '<script src="/static/follow.js?v=' in response.text
    policy = response.headers["Content-Security-Policy"]
    assert policy.endswith("; script-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    with site.get("/static/follow.js") as script:
        assert (script.status_code, script.mimetype) == (200, "text/javascript")


def test_what_is_not_worked_on_has_no_script(site: Site) -> None:
    rejected(site)
    response = site.get(PAGE)
    assert "<script" not in response.text
    assert "script-src" not in response.headers["Content-Security-Policy"]


def test_a_whole_log_is_plain_text(site: Site) -> None:
    rejected(site)
    response = site.get("/status/logs/2/github/1/10")
    assert (response.text, response.mimetype) == ("packing <b>\ufffd\n", "text/plain")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert site.get("/status/logs/3/github/1/10").status_code == 404


def test_of_a_long_log_the_page_shows_the_end(site: Site) -> None:
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "build")
    site.logs.append(RELEASE.stream, attempt, 0, b"first line\n" + b"more\n" * 20_000 + b"last line\n")
    log = site.json(PAGE)["logs"][0]
    assert log["cut"]
    assert log["text"].startswith("more\n")
    assert log["text"].endswith("last line\n")
    assert len(log["text"]) <= 32_000
    assert "Only its end is shown here." in site.get(PAGE).text
    assert site.get(log["log_url"]).text.startswith("first line\n")


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[begin : begin + size] for begin in range(0, len(data), size)]


@pytest.mark.parametrize("size", [997, 1000, 1001, 1 << 16])
def test_of_a_log_that_is_not_read_from_its_beginning_whole_lines_are_shown(site: Site, size: int) -> None:
    """Wherever what was read of it begins: within a line, a character or an escape sequence."""
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "build")
    title = b"\x1b]0;" + b"t" * 100 + b"\x07"
    chunks = cut(b"".join(b"\x1b[31m\xe2\x82\xac %d%b\r\n" % (number, title) for number in range(5000)), size)
    for chunk in chunks:
        site.logs.append(RELEASE.stream, attempt, 0, chunk)
    (log,) = site.json(PAGE)["logs"]
    first, *_ = log["text"].split("\n")
    assert log["text"] == "".join(f"\u20ac {number}\n" for number in range(int(first[2:]), 5000))
    assert first != "\u20ac 0"
    assert (log["cut"], log["after"]) == (True, len(chunks))
    assert site.get(log["log_url"]).text.startswith("\u20ac 0\n")


def test_a_page_reads_the_ends_of_logs_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rejected(site)
    attempts = range(10, 13)
    for attempt in attempts:
        for chunk in cut(b"line\n" * 200_000, 1 << 16):
            site.logs.append(RELEASE.stream, attempt, 0, chunk)
    newest, read = site.logs.newest, list[int]()

    def reading(*asked: Any) -> list[Chunk]:
        found = newest(*asked)
        read.append(sum(len(chunk.data) for chunk in found))
        return found

    monkeypatch.setattr(site.logs, "newest", reading)
    monkeypatch.delattr(BuildLogs, "read")
    logs = site.json(PAGE)["logs"]
    assert [log["text"] for log in logs[1:]] == ["line\n" * 6399] * len(attempts)
    assert max(read) < 200_000


def test_of_a_line_that_is_drawn_over_and_over_the_page_shows_the_last_form(site: Site) -> None:
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "build")
    for chunk in cut(b"".join(b"\r%d of 100000" % number for number in range(100_000)), 1 << 16):
        site.logs.append(RELEASE.stream, attempt, 0, chunk)
    (log,) = site.json(PAGE)["logs"]
    assert (log["text"], log["cut"]) == ("99999 of 100000", True)


def test_of_a_line_longer_than_all_that_is_read_the_page_leads_to_the_whole(site: Site) -> None:
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "build")
    for chunk in cut(b"x" * 300_000, 1 << 16):
        site.logs.append(RELEASE.stream, attempt, 0, chunk)
    (log,) = site.json(PAGE)["logs"]
    assert (log["text"], log["cut"]) == ("", True)
    assert site.get(log["log_url"]).text == "x" * 300_000


def test_a_page_changes_with_the_log_of_an_attempt_that_is_at_work(site: Site) -> None:
    site.story.announced(RELEASE)
    attempt = site.story.claimed(RELEASE, "build")
    first = site.get(PAGE)
    assert site.get(PAGE, If_None_Match=first.headers["ETag"]).status_code == 304
    site.logs.append(RELEASE.stream, attempt, 0, b"at work\n")
    assert site.get(PAGE, If_None_Match=first.headers["ETag"]).status_code == 200


def test_each_state_is_said_in_words(gallery: Site) -> None:
    for path, words in (
        ("github/7/700", "It is number 1 of 1 in the queue."),
        ("github/7/701", "ASLO is building the bundle."),
        ("github/7/702", "It is tried again by itself"),
        ("github/1/103", "It is published and can be downloaded."),
        ("github/8/800", "a rule was not kept"),
        ("github/8/801", "That is no fault of the release"),
        ("github/1/101", "It was withdrawn"),
    ):
        assert words in gallery.get(f"/status/releases/{path}").text, path


def test_a_page_says_who_took_it_back_and_who_may_lift_that(site: Site) -> None:
    site.story.published(RELEASE, Made())
    site.story.withdrawn(RELEASE, Made(), "It <b>crashes</b>.", by="<root>", hold="operator")
    page = site.get(PAGE).text
    assert "It was withdrawn by <bdi>&lt;root&gt;</bdi> and cannot be downloaded any more." in page
    assert "nothing publishes it again before an operator of this ASLO lifts that" in page
    assert "It &lt;b&gt;crashes&lt;/b&gt;." in page
    told = site.json(PAGE)
    assert (told["ended_by"], told["hold"], told["reason"]) == ("<root>", "operator", "It <b>crashes</b>.")
    site.story.happened(RELEASE.stream, e.ReleaseLifted(by="root", reason="All is well."))
    lifted = site.get(PAGE).text
    assert "It is not on hold" in lifted
    assert "The hold on this release is lifted by root: All is well." in lifted


def test_a_page_says_who_cancelled_it(site: Site) -> None:
    site.story.announced(RELEASE)
    site.story.happened(RELEASE.stream, e.ReleaseCancelled(by="root", reason="It hangs."))
    page = site.get(PAGE).text
    assert "This run was ended before it was done, by <bdi>root</bdi>." in page
    assert "It hangs." in page


def test_runs_are_told_apart(gallery: Site) -> None:
    page = gallery.get("/status/releases/github/8/801").text
    assert "<h3>Run 1</h3>" in page
    assert "<h3>Run 2</h3>" in page


def test_a_published_release_leads_to_its_page(gallery: Site) -> None:
    assert gallery.json("/status/releases/github/1/103")["activity_url"] == "/activities/vu.lux.olpc.Maze/31"
    assert 'href="/activities/vu.lux.olpc.Maze/31"' in gallery.get("/status/releases/github/1/103").text


def test_the_overview_lists_releases_by_state_and_in_pages(site: Site) -> None:
    for number in range(3):
        site.story.announced(values.announcement(str(number)))
    site.story.happened(values.announcement("1").stream, e.ReleaseCancelled(by="operator", reason="no"))
    first = site.json("/status")
    assert [one["page_url"][-1] for one in first["releases"]] == ["1", "2"]
    assert first["counts"] == {"cancelled": 1, "queued": 2}
    assert [one["page_url"][-1] for one in site.json(first["older_url"])["releases"]] == ["0"]
    assert [one["page_url"][-1] for one in site.json("/status?state=cancelled")["releases"]] == ["1"]
    assert "Older releases" in site.get("/status").text
    assert site.get("/status?state=nonsense").status_code == 400
    assert site.get("/status?before=x").status_code == 400


@pytest.mark.parametrize("page", ["0", "1", "-1", "9" * 20])
def test_the_overview_has_no_numbered_pages_and_says_what_it_has(site: Site, page: str) -> None:
    answer = site.get(f"/status?page={page}")
    assert answer.status_code == 400
    assert "before=" in answer.text


def test_a_delivery_says_what_became_of_it(site: Site) -> None:
    site.story.announced(RELEASE, delivery="abc")
    reason = "the release is a <draft>"
    ignored = e.DeliveryIgnored(trigger="release.created", reason=reason, body_digest="a" * 64, body_size=7)
    site.story.happened("delivery/github/ign", ignored)
    site.story.happened("delivery/git/by/hand", e.DeliveryRefused(reason="no JSON", body_digest="b" * 64, body_size=7))
    accepted = site.json("/status/deliveries/github/abc")
    assert (accepted["decision"], accepted["release"], accepted["release_url"]) == ("accepted", RELEASE.stream, PAGE)
    assert f'href="{PAGE}"' in site.get("/status/deliveries/github/abc").text
    assert "the release is a &lt;draft&gt;" in site.get("/status/deliveries/github/ign").text
    assert site.json("/status/deliveries/git/by/hand")["reason"] == "no JSON"


def test_what_is_not_known_is_not_found(site: Site) -> None:
    for path in ("/status/deliveries/github/none", "/status/releases/github/1/none", "/status/logs/1/github/1/none"):
        response = site.get(path, Accept="application/json")
        assert (response.status_code, response.mimetype) == (404, "application/problem+json")
        assert response.get_json()["status"] == 404


def test_ids_of_other_hosts_may_hold_slashes(site: Site) -> None:
    of = values.repository("https://git.example//maze", source="git")
    release = values.announcement("refs/tags/v1", of=of)
    site.story.announced(release)
    site.logs.append(release.stream, 1, 0, b"hello\n")
    listed = site.json("/status")["releases"][0]
    told = site.json(listed["page_url"])
    assert told["stream"] == release.stream
    assert site.get(told["logs"][0]["log_url"]).text == "hello\n"
