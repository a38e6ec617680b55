"""The herald brings each notice to its notifier, in order, and records once what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.errors import Permanent, Transient
from aslo_core.jobs.herald import MAX_TRIES, Herald, Telling
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.projections import Views, notices
from aslo_core.projections.engine import Projector
from aslo_core.release.notices import notice_stream
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Notice

FIRST, SECOND = values.announcement("1"), values.announcement("2")
URL = "https://aslo.example"


class Clock(Protocol):
    now_us: int

    def __call__(self) -> int: ...
    def goes_on(self, seconds: float) -> None: ...


@dataclass
class Recipient:
    """A notifier that keeps what it was told; `fails` raises what is to go wrong first."""

    told: list[Notice] = field(default_factory=list)
    asked: int = 0
    fails: Callable[[Notice], None] = lambda _: None

    def notify(self, notice: Notice) -> str:
        self.asked += 1
        self.fails(notice)
        if notice not in self.told:
            self.told.append(notice)
        return f"https://host.example/comment/{notice.kind}"


@dataclass
class Town:
    """A herald with its notifier, the log and the views."""

    log: EventLog
    projector: Projector
    views: Views
    clock: Clock
    recipient: Recipient = field(default_factory=Recipient)
    only: NoticeFilter = field(default_factory=NoticeFilter)

    def __post_init__(self) -> None:
        self.herald = self.another()

    def another(self) -> Herald:
        return Herald("github", lambda: Telling(self.recipient, self.only), self.log, self._due, URL, self.clock)

    def _due(self, notifier: str, now_us: int) -> tuple[notices.NoticeRow, ...]:
        with self.views.snapshot() as connection:
            return notices.due(connection, notifier, now_us)

    def turn(self) -> list[e.Event | None]:
        """Catch up and turn once; returns what was recorded."""
        self.projector.catch_up()
        head = self.log.head()
        self.herald.turn()
        return [recorded.event for recorded in self.log.read_all(head)]

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.recipient.told]


@pytest.fixture
def town(log: EventLog, projector: Projector, views: Views, clock: Clock) -> Town:
    return Town(log, projector, views, clock)


def raising(*errors: Exception) -> Callable[[Notice], None]:
    left = list(errors)

    def fail(_: Notice) -> None:
        if left:
            raise left.pop(0)

    return fail


def started(story: Story) -> e.Recorded:
    story.announced(FIRST)
    return story.fetched(FIRST, Made())


def test_a_notice_is_given_and_recorded(town: Town, story: Story, log: EventLog):
    about = started(story)
    assert town.turn() == [
        e.NoticeSent(about=about.id, notifier="github", kind="started", url="https://host.example/comment/started")
    ]
    (notice,) = town.recipient.told
    assert (notice.id, notice.kind, notice.repository, notice.tag) == (about.id, "started", FIRST.repository, "v1")
    assert notice.status_url.startswith(URL)
    recorded = list(log.read(notice_stream(FIRST.stream)))[-1]
    assert (recorded.cause.source, recorded.cause.causation) == ("herald/github", about.id)


@pytest.mark.parametrize(("rule", "page"), [("bundle.icon-missing", f"{URL}/rules/bundle.icon-missing"), ("elsewhere.odd", "")])
def test_a_rejection_leads_to_the_page_on_its_rule_where_there_is_one(town: Town, story: Story, rule: str, page: str):
    started(story)
    attempt = story.claimed(FIRST, "inspect")
    broken = e.ReleaseRejected(attempt=attempt, step="inspect", rule=rule, found="It is odd.", cure="Mend it.")
    story.happened(FIRST.stream, broken)
    town.turn()
    town.turn()
    assert [(notice.kind, notice.rule_url) for notice in town.recipient.told] == [("started", ""), ("rejected", page)]


def test_nothing_is_given_twice(town: Town, story: Story):
    started(story)
    town.turn()
    assert town.turn() == []
    assert town.recipient.asked == 1


def test_notices_of_one_release_come_in_order_one_at_a_time(town: Town, story: Story):
    story.published(FIRST, Made())
    town.turn()
    assert town.kinds() == ["started"]
    town.turn()
    assert town.kinds() == ["started", "published"]
    published = town.recipient.told[1]
    assert published.activity_url.startswith(URL)
    assert published.download_url.startswith(URL)


def test_a_later_notice_waits_for_an_earlier_one_that_is_tried_again(town: Town, story: Story, clock: Clock):
    story.published(FIRST, Made())
    town.recipient.fails = raising(Transient("the host is away"))
    town.turn()
    town.turn()
    assert town.kinds() == []
    clock.goes_on(1)
    town.turn()
    town.turn()
    assert town.kinds() == ["started", "published"]


def test_one_release_does_not_wait_for_another(town: Town, story: Story):
    started(story)
    story.announced(SECOND)
    story.fetched(SECOND, Made())
    town.recipient.fails = raising(Transient("the host is away"))
    town.turn()
    assert [notice.release_id for notice in town.recipient.told] == ["2"]


def test_a_notifier_that_is_away_is_tried_again_when_it_asks_to_be(town: Town, story: Story, clock: Clock):
    about = started(story)
    town.recipient.fails = raising(Transient("too many requests", retry_after=300.0))
    assert town.turn() == [
        e.NoticeFailed(
            about=about.id,
            notifier="github",
            kind="started",
            tries=1,
            error="too many requests",
            retry_at_us=clock() + 300_000_000,
        )
    ]
    clock.goes_on(299)
    assert town.turn() == []
    clock.goes_on(1)
    assert isinstance(town.turn()[0], e.NoticeSent)


def test_the_waits_grow_until_it_is_given_up(town: Town, story: Story, clock: Clock):
    started(story)
    town.recipient.fails = raising(*[Transient("away")] * 100)
    waits = []
    while True:
        (failed,) = town.turn()
        assert isinstance(failed, e.NoticeFailed)
        if failed.retry_at_us is None:
            break
        waits.append(failed.retry_at_us - clock())
        clock.goes_on(1200)
    assert len(waits) == MAX_TRIES - 1
    assert failed.tries == town.recipient.asked == MAX_TRIES
    assert all(later > earlier * 0.99 for earlier, later in zip(waits, waits[2:], strict=False))
    clock.goes_on(100_000)
    assert town.turn() == []


def test_what_can_never_be_given_is_not_tried_again(town: Town, story: Story):
    about = started(story)
    town.recipient.fails = raising(Permanent("github.forbidden", "The token may not comment.", "Give it the right to."))
    assert town.turn() == [
        e.NoticeFailed(
            about=about.id,
            notifier="github",
            kind="started",
            tries=1,
            error="The token may not comment. Give it the right to.",
            retry_at_us=None,
        )
    ]
    assert town.turn() == []


def test_and_what_comes_after_it_is_given(town: Town, story: Story):
    story.published(FIRST, Made())
    town.recipient.fails = raising(Permanent("x.y", "", ""))
    town.turn()
    town.turn()
    assert town.kinds() == ["published"]


def test_a_notifier_that_crashes_is_tried_again_and_told_of(town: Town, story: Story, clock: Clock, logs: list[EventDict]):
    started(story)
    town.recipient.fails = raising(ZeroDivisionError("by zero"))
    (failed,) = town.turn()
    assert isinstance(failed, e.NoticeFailed)
    assert (failed.error, failed.retry_at_us is not None) == ("ZeroDivisionError: by zero", True)
    assert "notice.crashed" in [entry["event"] for entry in logs]
    clock.goes_on(1)
    assert isinstance(town.turn()[0], e.NoticeSent)


@pytest.mark.parametrize("error", [Transient("caf\udce9 is away"), OSError("caf\udce9"), Transient("x" * 100_000)])
def test_an_error_that_could_not_be_recorded_is_recorded_all_the_same(town: Town, story: Story, error: Exception):
    started(story)
    town.recipient.fails = raising(error)
    (failed,) = town.turn()
    assert isinstance(failed, e.NoticeFailed)
    assert len(failed.error) <= 2000


def test_views_that_lag_behind_have_nothing_given_twice(town: Town, story: Story):
    started(story)
    town.turn()
    town.herald.turn()
    assert town.recipient.asked == 1


class PowerCut(BaseException):
    """Nothing after it is done."""


def test_a_process_that_went_down_before_recording_gives_it_again(town: Town, story: Story):
    """The notifier finds the first one by its marker; it is recorded once."""
    started(story)
    town.herald._log = Unwritable(town.log, PowerCut())  # type: ignore[assignment]
    with pytest.raises(PowerCut):
        town.turn()
    town.herald = town.another()
    assert [type(event) for event in town.turn()] == [e.NoticeSent]
    assert (town.recipient.asked, len(town.recipient.told)) == (2, 1)


@pytest.mark.parametrize("fails", [lambda _: None, raising(Transient("away")), raising(Permanent("x.y", "", ""))])
def test_a_process_that_went_down_after_recording_records_nothing_else(
    town: Town, story: Story, log: EventLog, fails: Callable[[Notice], None], logs: list[EventDict]
):
    """Its views do not know yet, so the next process tries again, with whatever outcome."""
    about = started(story)
    town.turn()
    town.recipient.fails = fails
    town.another().turn()
    assert len(list(log.read(notice_stream(FIRST.stream)))) == 1
    town.projector.catch_up()
    with town.views.snapshot() as connection:
        (row,) = notices.of_release(connection, FIRST.stream)
    assert (row.about, row.state) == (about.id, "sent")
    assert "notice.not_recorded" not in [entry["event"] for entry in logs]


class Unwritable:
    """A log whose disk is full."""

    def __init__(self, log: EventLog, error: BaseException) -> None:
        self._log = log
        self.read = log.read
        self.error: BaseException | None = error

    def append(self, *arguments: object, **keywords: object) -> object:
        if self.error is not None:
            raise self.error
        return self._log.append(*arguments, **keywords)  # type: ignore[arg-type]


def test_while_the_log_cannot_be_written_nobody_is_asked_again_and_again(town: Town, story: Story):
    started(story)
    full = Unwritable(town.log, LogUnavailable("the disk is full"))
    town.herald._log = full  # type: ignore[assignment]
    for _ in range(3):
        with pytest.raises(LogUnavailable):
            town.turn()
    full.error = None
    assert [type(event) for event in town.turn()] == [e.NoticeSent]
    assert town.recipient.asked == 1


def test_one_that_cannot_be_recorded_holds_up_no_other(town: Town, story: Story, logs: list[EventDict]):
    started(story)
    story.announced(SECOND)
    story.fetched(SECOND, Made())
    broken = Unwritable(town.log, Permanent("log.event", "It cannot be recorded.", ""))
    town.herald._log = broken  # type: ignore[assignment]
    town.turn()
    assert len(town.recipient.told) == 2
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["notice.not_recorded"] * 2


def test_a_log_that_cannot_be_read_is_no_failure_of_the_notifier(town: Town, story: Story, log: EventLog):
    started(story)
    town.projector.catch_up()

    def unreadable(stream: str, after: int = 0) -> object:
        raise LogUnavailable("the disk is gone")

    broken = Unwritable(log, LogUnavailable("the disk is gone"))
    broken.read = unreadable  # type: ignore[assignment]
    town.herald._log = broken  # type: ignore[assignment]
    with pytest.raises(LogUnavailable):
        town.herald.turn()
    assert town.recipient.asked == 0


def test_an_event_that_is_not_in_the_log_ends_its_notice(town: Town, story: Story):
    """As when views of another log lie there."""
    started(story)
    town.projector.catch_up()
    with town.views.snapshot() as connection:
        (row,) = notices.due(connection, "github", town.clock())
    foreign = type(row)(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "about": "another"})
    Herald("github", lambda: Telling(town.recipient), town.log, lambda *_: (foreign,), URL, town.clock).turn()
    last = list(town.log.read(notice_stream(FIRST.stream)))[-1].event
    assert isinstance(last, e.NoticeFailed)
    assert (last.retry_at_us, town.recipient.asked) == (None, 0)


def test_each_notifier_has_its_own(log: EventLog, projector: Projector, views: Views, clock: Clock):
    story = Story(log, notifiers=("github", "mail"))
    started(story)
    town = Town(log, projector, views, clock)
    town.recipient.fails = raising(Permanent("x.y", "", ""))
    town.turn()
    other = Recipient()
    Herald("mail", lambda: Telling(other), log, town._due, URL, clock).turn()
    assert [notice.kind for notice in other.told] == ["started"]


def test_what_a_notifier_is_not_to_be_told_is_withheld_and_holds_up_nothing(town: Town, story: Story):
    town.only = NoticeFilter(events=("published",))
    town.herald = town.another()
    story.published(FIRST, Made())
    (withheld,) = town.turn()
    assert isinstance(withheld, e.NoticeWithheld)
    assert (withheld.kind, withheld.key, withheld.notifier) == ("started", "events", "github")
    town.turn()
    assert town.kinds() == ["published"]
    assert town.recipient.asked == 1
    assert town.turn() == []


def test_what_was_withheld_is_not_among_what_was_told(town: Town, story: Story):
    town.only = NoticeFilter(owners=("somebody-else",))
    town.herald = town.another()
    story.published(FIRST, Made())
    town.turn()
    town.turn()
    town.projector.catch_up()
    with town.views.snapshot() as connection:
        assert notices.of_release(connection, FIRST.stream) == ()
        assert notices.notifiers_with_work(connection) == ()
    assert town.recipient.asked == 0
