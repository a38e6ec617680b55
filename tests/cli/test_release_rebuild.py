"""`aslo release rebuild`: which releases it begins anew, and that everything else goes before them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from aslo_core import events as e
from aslo_core.log import EventLog
from aslo_core.projections import queue
from aslo_core.projections.turns import Urgency
from aslo_core.projections.views import Views
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Announcement
from tests.cli.conftest import Shell


def release(name: str) -> Announcement:
    owner, number = name.split("/")
    return values.announcement(number, f"v{number}", of=values.repository(id_=owner, owner=owner))


def failed(story: Story, name: str) -> None:
    story.announced(release(name))
    attempt = story.claimed(release(name), "fetch")
    story.happened(release(name).stream, e.ReleaseFailed(attempt=attempt, step="fetch", kind="transient", reason="no route"))


def rejected(story: Story, name: str, rule: str) -> None:
    story.announced(release(name))
    attempt = story.claimed(release(name), "fetch")
    refused = e.ReleaseRejected(attempt=attempt, step="fetch", rule=rule, found="It is wrong.", cure="Mend it.")
    story.happened(release(name).stream, refused)


@pytest.fixture
def story(installed: Shell) -> Iterator[Story]:
    """An installation where two releases failed, two were refused, and one is published."""
    installed.aslo("db", "upgrade")
    with EventLog.open(installed.folder / "data" / "log.db") as log:
        told = Story(log)
        failed(told, "ada/1")
        failed(told, "bob/2")
        rejected(told, "ada/3", "bundle.icon-missing")
        rejected(told, "bob/4", "bundle.no-version")
        told.published(release("ada/5"), Made())
        yield told


def begun(story: Story) -> set[str]:
    """Streams of the releases that a run was opened of by it."""
    return {
        recorded.stream
        for recorded in story.log.read_all(types=["release.announced"])
        if isinstance(recorded.event, e.ReleaseAnnounced) and recorded.event.trigger == "rebuild"
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"ada/1", "bob/2"}),
        (("--owner", "github:Ada"), {"ada/1"}),
        (("--state", "rejected"), {"ada/3", "bob/4"}),
        (("--state", "rejected", "--rule", "bundle.icon-missing"), {"ada/3"}),
        (("--state", "rejected", "--state", "failed", "--owner", "github:bob"), {"bob/2", "bob/4"}),
    ],
)
def test_those_that_ended_so_are_begun_anew(installed: Shell, story: Story, options: tuple[str, ...], expected: set[str]):
    streams = {release(name).stream for name in expected}
    listed = installed.aslo("release", "rebuild", "--dry-run", *options)
    assert {line.split()[3] for line in listed.out.splitlines()} == streams
    assert begun(story) == set()
    ended = installed.aslo("release", "rebuild", *options)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.count("opened") == len(expected)
    assert begun(story) == streams


def test_where_there_are_none_that_is_said(installed: Shell, story: Story):
    ended = installed.aslo("release", "rebuild", "--owner", "github:nobody")
    assert (ended.status, ended.out, ended.err) == (0, "", "There are no such releases.\n")
    assert begun(story) == set()


def test_everything_else_goes_before_them(installed: Shell, story: Story):
    installed.aslo("release", "rebuild")
    story.announced(release("eve/6"))
    installed.aslo("release", "list")
    with closing(Views(installed.folder / "data" / "views.db")) as views, views.snapshot() as connection:
        later = 1 << 60
        lines = queue.waiting(connection, later)
        place = queue.places(connection, [release("eve/6").stream], later)[release("eve/6").stream]
    assert sorted((line.urgency, line.owner) for line in lines) == [
        (Urgency.NORMAL, "github:eve"),
        (Urgency.REBUILD, "github:ada"),
        (Urgency.REBUILD, "github:bob"),
    ]
    assert place == (1, 3)


def test_what_is_on_hold_is_left_and_the_others_are_begun(installed: Shell, story: Story):
    held = e.ReleaseWithdrawn(by="ada", reason="it deletes journals", hold="operator")
    installed.aslo("release", "list")  # the read models are of before
    story.happened(release("ada/1").stream, held)
    installed.aslo("release", "rebuild")
    assert begun(story) == {release("bob/2").stream}
