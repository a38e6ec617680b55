"""What an operator decides on an activity, and what follows from it for those who publish."""

from __future__ import annotations

import pytest

from aslo_core import events as e
from aslo_core.errors import Permanent
from aslo_core.log import Entry, EventLog
from aslo_core.release import activity as activities
from aslo_core.release import commands as c
from aslo_core.release.activity import ActivityState, activity_stream
from aslo_core.release.decide import NotNow
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.erasure import erase
from aslo_core.release.ownership import ActivityDesk, lift, transfer
from aslo_core.release.state import ReleaseState
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, announce, done
from aslo_core.types import Announcement

ADA = values.repository("1", "maze", "ada")
GRACE = values.repository("2", "maze", "grace")
BUNDLE_ID = Made().bundle_id
STREAM = activity_stream(BUNDLE_ID)
CAUSE = e.Cause(source="operator", actor="operator")
LATER = 10**18


def of(repository_release: str) -> Announcement:
    owner, number = repository_release.split()
    return values.announcement(number, of={"ada": ADA, "grace": GRACE}[owner])


class Past:
    """Releases and decisions in a real log."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.desk = ReleaseDesk(log)

    def activity(self) -> ActivityState:
        return activities.fold(STREAM, self.log.read(STREAM))

    def releases(self, named: str, version: str = "1", content: str = "one", until: str = "") -> ReleaseState:
        release = of(named)
        made = Made(version=version, content=content)
        state = self.desk.handle(release.stream, announce(release), cause=CAUSE)
        while state.open:
            state = self.desk.handle(release.stream, c.Claim(worker="w", now_us=LATER), cause=CAUSE)
            if state.claimed == until:
                return state
            state = self.desk.handle(release.stream, done(state, made), cause=CAUSE)
        return state

    def refused(self, named: str, version: str, content: str = "one") -> str:
        """The rule that keeps a release from being published."""
        with pytest.raises(Permanent) as reason:
            self.releases(named, version, content)
        return reason.value.rule

    def withdrawn(self, named: str, hold: str = "host") -> None:
        self.desk.handle(of(named).stream, c.Withdraw(by="ada", reason="a mistake", hold=hold), cause=CAUSE)

    def transferred(self) -> e.Recorded:
        return ActivityDesk(self.log).decide(BUNDLE_ID, lambda state: transfer(state, GRACE, "root", "ada left"), CAUSE)

    def lifted(self, version: str = "1") -> e.Recorded:
        return ActivityDesk(self.log).decide(BUNDLE_ID, lambda state: lift(state, version, "root", "made anew"), CAUSE)


@pytest.fixture
def past(log: EventLog) -> Past:
    return Past(log)


class TestATransfer:
    def test_lets_the_new_repository_publish_and_the_old_one_no_more(self, past: Past):
        past.releases("ada 1")
        assert past.refused("grace 2", "2") == "activity.owned-elsewhere"
        recorded = past.transferred()
        assert recorded.event == e.ActivityTransferred(owner=GRACE, before=ADA, by="root", reason="ada left")
        assert recorded.stream == STREAM
        assert past.releases("grace 3", "2").ended == "published"
        assert past.refused("ada 4", "3") == "activity.owned-elsewhere"

    def test_leaves_what_was_published_as_it_is(self, past: Past):
        past.releases("ada 1")
        before = past.activity().published
        past.transferred()
        assert past.activity().published == before
        assert past.refused("grace 2", "1", "two") == "activity.version-taken"

    def test_lets_the_old_repository_take_back_what_it_published(self, past: Past):
        past.releases("ada 1")
        past.transferred()
        past.withdrawn("ada 1")
        assert [version.live for version in past.activity().published.values()] == [False]

    def test_is_refused_of_an_activity_that_was_never_published(self, past: Past):
        with pytest.raises(NotNow, match=r"no version of 'org\.example\.Maze' was ever published"):
            past.transferred()

    def test_is_refused_to_its_owner_whatever_it_is_called_today(self, past: Past):
        past.releases("ada 1")
        renamed = values.repository("1", "labyrinth", "ada")
        with pytest.raises(NotNow, match=r"belongs to ada/maze \(github/1\) already"):
            transfer(past.activity(), renamed, "root", "")

    def test_is_refused_while_a_version_is_being_published(self, past: Past):
        past.releases("ada 1")
        past.releases("ada 2", "2", "two", until="store:main")
        with pytest.raises(NotNow, match=r"version 2 of .* by release/github/1/2; wait"):
            past.transferred()

    def test_is_refused_where_the_log_does_not_tell_any_more(self, past: Past):
        past.releases("ada 1")
        (published,) = [one for one in past.log.read(STREAM) if isinstance(one.event, e.VersionPublished)]
        past.log.erase(published.id, "past the rules", CAUSE)
        for decide in (past.transferred, past.lifted):
            with pytest.raises(NotNow, match="nobody knows any more whose it is"):
                decide()

    def test_outlives_its_erasure(self, past: Past):
        past.releases("ada 1")
        erase(past.log, past.transferred(), "asked for", CAUSE)
        assert past.refused("ada 2", "2") == "activity.owned-elsewhere"
        assert past.releases("grace 3", "2").ended == "published"

    def test_is_decided_again_when_somebody_was_faster(self, past: Past):
        past.releases("ada 1")
        late = []

        def decision(state: ActivityState) -> e.Event:
            if not late:
                late.append(past.transferred())
            return transfer(state, GRACE, "root", "ada left")

        with pytest.raises(NotNow, match="already"):
            ActivityDesk(past.log).decide(BUNDLE_ID, decision, CAUSE)
        assert [one.type for one in past.log.read(STREAM)].count("activity.transferred") == 1


class TestALift:
    def test_lets_a_release_that_was_made_anew_publish_the_same_bytes(self, past: Past):
        past.releases("ada 1")
        past.withdrawn("ada 1")
        assert past.refused("ada 2", "1.0") == "activity.version-held"
        recorded = past.lifted("1.0")
        assert recorded.event == e.VersionLifted(release=of("ada 1").stream, version="1", by="root", reason="made anew")
        assert past.releases("ada 3", "1.0").ended == "published"
        assert past.refused("ada 4", "1", "two") == "activity.version-taken"

    def test_ends_an_operator_s_hold_too(self, past: Past):
        past.releases("ada 1")
        past.withdrawn("ada 1", hold="operator")
        assert past.refused("ada 2", "1") == "activity.version-held"
        past.lifted()
        assert past.releases("ada 3", "1").ended == "published"

    def test_outlives_its_erasure(self, past: Past):
        past.releases("ada 1")
        past.withdrawn("ada 1")
        erase(past.log, past.lifted(), "asked for", CAUSE)
        assert past.releases("ada 2", "1").ended == "published"

    def test_does_not_outlast_the_next_withdrawal(self, past: Past):
        past.releases("ada 1")
        past.withdrawn("ada 1")
        past.lifted()
        past.releases("ada 2")
        past.withdrawn("ada 2")
        assert past.refused("ada 3", "1") == "activity.version-held"

    @pytest.mark.parametrize(("version", "words"), [("1", "can be downloaded, and is not on hold"), ("7", "it has 1, 1.5")])
    def test_is_refused_where_there_is_nothing_to_lift(self, past: Past, version: str, words: str):
        past.releases("ada 1", "1.5", "half")
        past.releases("ada 2")
        with pytest.raises(NotNow, match=words):
            past.lifted(version)

    def test_is_refused_a_second_time(self, past: Past):
        past.releases("ada 1")
        past.withdrawn("ada 1")
        past.lifted()
        with pytest.raises(NotNow, match="is withdrawn, and is not on hold"):
            past.lifted()

    def test_of_a_version_of_which_nothing_is_known_changes_nothing(self, past: Past):
        past.releases("ada 1")
        before = past.activity()
        past.log.append([Entry(STREAM, e.VersionLifted(release="", version="9", by="", reason=""))], cause=CAUSE)
        assert past.activity().published == before.published
