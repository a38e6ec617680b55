"""The pages tell the place in the queue, and why nothing is begun."""

from __future__ import annotations

from dataclasses import replace

from aslo_core import events as e
from aslo_core.release.pressure import Pause, Reason
from aslo_core.testing import values
from aslo_core.testing.site import Site
from aslo_core.types import Announcement
from aslo_core.web import create_app

FULL = Pause(reasons=(Reason(kind="disk", about="", words="the disk is <nearly> full"),))
FAR = 1 << 51


def release(owner: str, number: int) -> Announcement:
    return values.announcement(str(number), of=values.repository(id_=owner, owner=owner))


def page(which: Announcement) -> str:
    return f"/status/{which.stream.replace('release/', 'releases/', 1)}"


def queued(site: Site) -> None:
    for which in (release("ada", 1), release("ada", 2), release("bob", 1)):
        site.story.announced(which)


def test_a_release_in_the_queue_tells_its_place(site: Site) -> None:
    queued(site)
    assert "It is number 3 of 3 in the queue." in site.get(page(release("ada", 2))).text
    told = site.json(page(release("bob", 1)))
    assert (told["queue_position"], told["queue_length"], told["paused"]) == (2, 3, [])


def test_a_release_that_is_worked_on_or_waits_for_a_retry_has_no_place(site: Site) -> None:
    queued(site)
    attempt = site.story.claimed(release("ada", 1), "fetch")
    assert site.json(page(release("ada", 1)))["queue_position"] is None
    failed = e.StepFailed(attempt=attempt, step="fetch", kind="transient", error="away", retry_at_us=FAR)
    site.story.happened(release("ada", 1).stream, failed)
    told = site.json(page(release("ada", 1)))
    assert (told["state"], told["queue_position"], told["queue_length"]) == ("waiting", None, 0)
    assert site.json(page(release("ada", 2)))["queue_length"] == 2


def test_the_overview_tells_how_many_wait_and_the_places_of_those_it_lists(site: Site) -> None:
    queued(site)
    told = site.json("/status")
    assert told["queue_length"] == 3
    assert [one["queue_position"] for one in told["releases"]] == [2, 3]
    shown = site.get("/status").text
    assert "3 releases wait for their turn" in shown
    assert "Number 2 of 3 in the queue" in shown


def test_why_nothing_is_begun_stands_where_somebody_waits(site: Site) -> None:
    queued(site)
    done = release("eve", 1)
    site.story.announced(done)
    site.story.happened(done.stream, e.ReleaseCancelled(by="aslo", reason="enough"))
    site.projector.catch_up()
    client = create_app(replace(site.services, pause=lambda: FULL)).test_client()
    for path in ("/status", page(release("ada", 1))):
        assert "the disk is &lt;nearly&gt; full" in client.get(path).text
        assert client.get(path, headers={"Accept": "application/json"}).get_json()["paused"] == list(FULL.words)
    assert client.get(page(done), headers={"Accept": "application/json"}).get_json()["paused"] == []
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["paused"]) == (200, list(FULL.words))


def test_the_overview_is_made_anew_when_a_pause_begins_or_time_brings_something_into_the_queue(site: Site) -> None:
    queued(site)
    attempt = site.story.claimed(release("ada", 1), "fetch")
    failed = e.StepFailed(attempt=attempt, step="fetch", kind="transient", error="away", retry_at_us=FAR)
    site.story.happened(release("ada", 1).stream, failed)
    tag = site.get("/status").headers["ETag"]
    assert site.get("/status", If_None_Match=tag).status_code == 304
    for changed in (replace(site.services, pause=lambda: FULL), replace(site.services, clock=lambda: FAR)):
        answer = create_app(changed).test_client().get("/status", headers={"If-None-Match": tag})
        assert answer.status_code == 200
