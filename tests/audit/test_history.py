"""Everything that concerns a release, an activity or a repository, from the log alone."""

from __future__ import annotations

import msgspec
import pytest

from aslo_core import events as e
from aslo_core.audit.history import Happened, history
from aslo_core.audit.subject import subject
from aslo_core.log import Entry, EventLog
from aslo_core.release import commands as c
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.erasure import erase
from aslo_core.release.intake import InForce, Intake
from aslo_core.testing import going_well, values
from aslo_core.testing.story import CAUSE, Made, Story
from aslo_core.types import Announced, Announcement, Ignored, Pong, Withdrawn

MAZE = values.repository("1", "maze", "ada")
CHESS = values.repository("2", "chess", "grace")
RELEASE = values.announcement("10", "v1", of=MAZE)
OTHER = values.announcement("20", "v1", of=CHESS)
CHESS_MADE = Made(metadata=values.metadata("org.example.Chess"), bundle=values.blob("chess"))


def told(log: EventLog, named: str) -> list[tuple[int, str]]:
    """Position and type of each event; that of an erased one is empty."""
    return [
        (one.recorded.position, one.recorded.event.event_name if one.recorded.event else "")
        for one in history(log, subject(named))
    ]


def streams(log: EventLog, named: str) -> set[str]:
    return {one.recorded.stream for one in history(log, subject(named))}


def of_type(log: EventLog, named: str, kind: type[e.Event]) -> list[Happened]:
    return [one for one in history(log, subject(named)) if isinstance(one.recorded.event, kind)]


def ignored(story: Story, delivery: str, **about: object) -> e.Recorded:
    event = e.DeliveryIgnored(trigger="edited", reason="published already", body_digest="", body_size=0)
    return story.happened(f"delivery/github/{delivery}", msgspec.structs.replace(event, **about))[0]


def test_a_release_is_told_from_its_delivery_to_its_notices_and_nothing_of_another(story: Story) -> None:
    story.published(OTHER, CHESS_MADE)
    published, _ = story.published(RELEASE, Made())
    story.happened(
        "notice/github/1/10", e.NoticeSent(about=published.id, notifier="github", kind="published", url="https://example.org")
    )
    story.withdrawn(RELEASE, Made(), "a mistake")
    assert streams(story.log, "github/1/10") == {
        "delivery/github/10-1",
        "release/github/1/10",
        "activity/org.example.Maze",
        "notice/github/1/10",
    }
    positions = [position for position, _ in told(story.log, "github/1/10")]
    assert positions == list(range(positions[0], story.log.head() + 1)), "all of it, in the log's order"


def test_deliveries_that_started_nothing_are_told_as_well(story: Story) -> None:
    story.published(RELEASE, Made())
    about_it = ignored(story, "x", release=RELEASE.stream, repository=MAZE)
    ignored(story, "y", release=OTHER.stream, repository=CHESS)
    assert of_type(story.log, "github/1/10", e.DeliveryIgnored)[0].recorded == about_it
    assert len(of_type(story.log, "github/1/10", e.DeliveryIgnored)) == 1


def test_a_release_that_only_ignored_deliveries_told_of(story: Story) -> None:
    ignored(story, "x", release=RELEASE.stream, repository=MAZE)
    assert told(story.log, "github/1/10") == [(0, "delivery.ignored")]


def test_an_activity_comes_with_the_releases_that_published_it_and_with_those_that_tried_to(story: Story) -> None:
    story.published(RELEASE, Made())
    taker = values.announcement("30", "v9", of=values.repository("3", "maze", "mallory"))
    story.announced(taker)
    story.fetched(taker, Made())
    story.built(taker, Made())
    story.inspected(taker, Made())
    rule = e.ReleaseRejected(attempt=9, step="reserve", rule="activity.owned-elsewhere", found="", cure="")
    story.happened(taker.stream, rule)
    story.published(OTHER, CHESS_MADE)
    found = streams(story.log, "org.example.Maze")
    assert {RELEASE.stream, taker.stream, "activity/org.example.Maze", "delivery/github/30-1"} <= found
    assert not {OTHER.stream, "activity/org.example.Chess"} & found
    assert [one.recorded.stream for one in of_type(story.log, "org.example.Maze", e.ReleaseRejected)] == [taker.stream]


def test_a_release_does_not_come_with_the_other_versions_of_its_activity(story: Story) -> None:
    story.published(RELEASE, Made())
    second = values.announcement("11", "v2", of=MAZE)
    story.published(second, Made(metadata=values.metadata(version="2"), bundle=values.blob("two")))
    assert [one.recorded.event.version for one in of_type(story.log, "github/1/11", e.VersionPublished)] == ["2"]  # type: ignore[union-attr]
    assert [one.recorded.event.version for one in of_type(story.log, "org.example.Maze", e.VersionPublished)] == ["1", "2"]  # type: ignore[union-attr]


@pytest.mark.parametrize("named", ["ada/maze", "ada/labyrinth", "github/1", "https://github.com/ada/labyrinth.git"])
def test_a_repository_comes_with_all_its_releases_under_all_its_names(story: Story, named: str) -> None:
    renamed = msgspec.structs.replace(MAZE, name="labyrinth", url="https://github.com/ada/labyrinth")
    story.published(RELEASE, Made())
    story.announced(values.announcement("11", "v2", of=renamed))
    story.published(OTHER, CHESS_MADE)
    push = ignored(story, "push", repository=MAZE)
    found = streams(story.log, named)
    assert {RELEASE.stream, "release/github/1/11", push.stream, "activity/org.example.Maze"} <= found
    assert OTHER.stream not in found


def test_a_repository_is_known_by_the_address_that_git_fetched_from(story: Story) -> None:
    story.announced(RELEASE)
    story.fetched(RELEASE, Made())
    assert RELEASE.stream in streams(story.log, "https://github.com/sugarlabs/maze-activity")


def test_what_was_never_heard_of_has_no_history(story: Story) -> None:
    story.published(RELEASE, Made())
    for named in ("github/1/11", "org.example.Chess", "ada/chess", "github/9", "https://example.org/maze"):
        assert told(story.log, named) == []


def test_an_empty_log_has_no_history(log: EventLog) -> None:
    for named in ("github/1/10", "org.example.Maze", "ada/maze"):
        assert told(log, named) == []


class TestErased:
    def test_an_erased_body_comes_with_the_record_of_its_erasure(self, story: Story) -> None:
        _, version = story.published(RELEASE, Made())
        erase(story.log, version, "asked for", CAUSE)
        for named in ("github/1/10", "org.example.Maze", "ada/maze"):
            found = {one.recorded.id: one for one in history(story.log, subject(named))}
            one = found.get(version.id)
            if one is None:
                raise AssertionError(f"{named} leaves out the erased event")
            assert one.recorded.event is None
            assert one.erasure is not None
            assert one.erasure.event == e.BodyErased(erased=version.id, reason="asked for")
            assert one.erasure.id in found
            kept = [other for other in found.values() if isinstance(other.recorded.event, e.ActivityRestated)]
            assert len(kept) == 1

    @pytest.mark.parametrize("named", ["github/1/10", "org.example.Maze", "github/1"])
    def test_a_delivery_is_known_by_what_followed_from_it_when_it_is_erased(self, log: EventLog, named: str) -> None:
        receive(log, "d1")
        works(log)
        delivery = next(iter(log.read("delivery/github/d1")))
        erase(log, delivery, "asked for", CAUSE)
        assert told(log, named)[0] == (0, "")

    def test_a_repository_goes_by_its_id_when_all_its_names_are_erased(self, story: Story) -> None:
        story.announced(RELEASE)
        for recorded in [*story.log.read_all()]:
            story.log.erase(recorded.id, "asked for", CAUSE)
        assert RELEASE.stream in streams(story.log, "github/1")
        assert told(story.log, "ada/maze") == []


def receive(log: EventLog, delivery: str, release: Announcement = RELEASE) -> None:
    intake = Intake(log, lambda _source: InForce(builder="sandbox", notifiers=("github",), storages=("main",)))
    intake.receive("github", Announced(delivery, "published", release), b"{}")


def works(log: EventLog) -> None:
    desk = ReleaseDesk(log)
    cause = e.Cause(source="worker", actor="aslo")
    while desk.load(RELEASE.stream).open:
        claimed = desk.handle(RELEASE.stream, c.Claim(worker="w", now_us=10**18), cause=cause)
        desk.handle(RELEASE.stream, going_well.done(claimed, going_well.Made()), cause=cause)


class TestWhy:
    def test_everything_leads_back_to_the_delivery_that_it_began_with(self, log: EventLog) -> None:
        receive(log, "d1")
        works(log)
        first, *others = history(log, subject("github/1/10"))
        assert first.recorded.stream == "delivery/github/d1"
        assert first.began is None
        assert {one.began.position for one in others if one.began} == {0}
        assert all(one.began for one in others)

    def test_each_run_leads_back_to_its_own(self, log: EventLog) -> None:
        receive(log, "d1")
        works(log)
        receive(log, "d2")
        announced = of_type(log, "github/1/10", e.ReleaseAnnounced)
        assert [one.began.stream for one in announced if one.began] == ["delivery/github/d1", "delivery/github/d2"]

    def test_a_withdrawal_leads_back_to_what_the_host_delivered(self, log: EventLog) -> None:
        receive(log, "d1")
        works(log)
        intake = Intake(log, lambda _source: InForce(builder="sandbox", notifiers=(), storages=("main",)))
        intake.receive("github", Withdrawn("d3", "deleted", MAZE, RELEASE.stream, "ada"), b"{}")
        intake.receive("github", Ignored("d4", "edited", "it is withdrawn", RELEASE.stream, MAZE), b"{}")
        intake.receive("github", Pong("d5"), b"{}")
        version = of_type(log, "github/1/10", e.VersionWithdrawn)[0]
        assert version.began is not None
        assert version.began.stream == "delivery/github/d3"
        assert "delivery/github/d4" in streams(log, "github/1/10")
        assert "delivery/github/d5" not in streams(log, "github/1/10")

    def test_a_notice_leads_back_to_what_it_tells_of(self, log: EventLog) -> None:
        receive(log, "d1")
        announced = next(iter(log.read(RELEASE.stream)))
        cause = e.Cause(source="herald/github", actor="aslo", causation=announced.id)
        sent = e.NoticeSent(about=announced.id, notifier="github", kind="started", url="")
        log.append([Entry("notice/github/1/10", sent)], cause=cause)
        notice = of_type(log, "github/1/10", e.NoticeSent)[0]
        assert notice.led == announced
