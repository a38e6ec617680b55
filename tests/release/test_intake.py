"""What becomes of a delivery: every authentic one is recorded once, with its reason."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from aslo_core import events as e
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.release import commands as c
from aslo_core.release.decide import NotNow
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.intake import InForce, Intake, Receipt, delivery_stream
from aslo_core.testing import values
from aslo_core.testing.going_well import Made, done
from aslo_core.types import Announced, Announcement, Ignored, Pong, Refused, Verdict, Withdrawn

BODY = b'{"action": "published"}'
DIGEST = hashlib.sha256(BODY).hexdigest()
RELEASE = values.announcement("10")


def in_force(source: str) -> InForce:
    notifiers = ("github",) if source == "github" else ()
    return InForce(builder="sandbox", notifiers=notifiers, storages=("main",))


@pytest.fixture
def intake(log: EventLog) -> Intake:
    return Intake(log, in_force)


def announced(delivery_id: str = "d1", trigger: str = "published", release: Announcement = RELEASE) -> Announced:
    return Announced(delivery_id=delivery_id, trigger=trigger, announcement=release)


def withdrawn(delivery_id: str = "d2", trigger: str = "deleted") -> Withdrawn:
    return Withdrawn(delivery_id=delivery_id, trigger=trigger, repository=RELEASE.repository, stream=RELEASE.stream, by="ada")


def recorded(log: EventLog, delivery_id: str) -> list[e.Event | None]:
    return [one.event for one in log.read(delivery_stream("github", delivery_id))]


def published(log: EventLog, intake: Intake) -> None:
    intake.receive("github", announced("first"), BODY)
    desk = ReleaseDesk(log)
    cause = e.Cause(source="test", actor="test")
    while (state := desk.load(RELEASE.stream)).open:
        state = desk.handle(RELEASE.stream, c.Claim(worker="w", now_us=0), cause=cause)
        desk.handle(RELEASE.stream, done(state, Made()), cause=cause)


class TestAnAnnouncement:
    def test_is_accepted_and_opens_a_run_in_one_append(self, log: EventLog, intake: Intake):
        assert intake.receive("github", announced(), BODY) == Receipt(
            delivery_id="d1", decision="accepted", release=RELEASE.stream
        )
        delivery, release = log.read_all()
        assert delivery.event == e.DeliveryAccepted(
            trigger="published",
            release=RELEASE.stream,
            repository=RELEASE.repository,
            tag="v1",
            body_digest=DIGEST,
            body_size=len(BODY),
        )
        assert isinstance(release.event, e.ReleaseAnnounced)
        assert (release.event.run, release.event.announcement) == (1, RELEASE)
        assert (release.event.builder, release.event.notifiers, release.event.storages) == ("sandbox", ("github",), ("main",))
        assert (delivery.recorded_us, delivery.key) == (release.recorded_us, release.key)
        assert {one.cause.correlation for one in (delivery, release)} == {delivery.id}
        assert (delivery.cause.source, delivery.cause.actor) == ("intake/github", "host:github")

    def test_is_told_by_those_that_can_tell_of_its_source(self, log: EventLog, intake: Intake):
        repository = msgspec.structs.replace(RELEASE.repository, source="forge")
        elsewhere = msgspec.structs.replace(RELEASE, repository=repository)
        intake.receive("forge", announced(release=elsewhere), BODY)
        *_, opened = (one.event for one in log.read_all())
        assert isinstance(opened, e.ReleaseAnnounced)
        assert opened.notifiers == ()

    def test_a_second_one_for_the_release_opens_another_run(self, log: EventLog, intake: Intake):
        intake.receive("github", announced("d1"), BODY)
        assert intake.receive("github", announced("d2"), BODY).decision == "accepted"
        assert ReleaseDesk(log).load(RELEASE.stream).run == 2

    def test_by_hand_names_the_operator_as_its_actor(self, log: EventLog, intake: Intake):
        intake.receive("github", announced("d1"), BODY)
        intake.receive("github", announced("d2"), BODY, actor="operator")
        actors = [one.cause.actor for one in log.read_all() if isinstance(one.event, e.DeliveryAccepted)]
        assert actors == ["host:github", "operator"]

    def test_that_makes_no_sense_now_is_ignored_with_the_reason(self, log: EventLog, intake: Intake):
        published(log, intake)
        receipt = intake.receive("github", announced("d2", "edited"), BODY)
        assert (receipt.decision, receipt.release) == ("ignored", "")
        assert "published already" in receipt.reason
        assert recorded(log, "d2") == [
            e.DeliveryIgnored(
                trigger="edited",
                reason=receipt.reason,
                release=RELEASE.stream,
                repository=RELEASE.repository,
                tag=RELEASE.tag,
                body_digest=DIGEST,
                body_size=len(BODY),
            )
        ]
        assert ReleaseDesk(log).load(RELEASE.stream).run == 1

    @pytest.mark.parametrize("title", ["half of a pair: \udcff", "x" * (17 << 20)])
    def test_that_cannot_stand_in_the_log_is_refused_with_the_reason(self, log: EventLog, intake: Intake, title: str):
        receipt = intake.receive("github", announced(release=values.announcement("10", title=title)), BODY)
        assert receipt.decision == "refused"
        assert "cannot be recorded" in receipt.reason
        assert recorded(log, "d1") == [e.DeliveryRefused(reason=receipt.reason, body_digest=DIGEST, body_size=len(BODY))]
        assert ReleaseDesk(log).load(RELEASE.stream).run == 0

    @pytest.mark.parametrize("title", ["half of a pair: \udcff", "x" * (17 << 20)])
    def test_that_makes_no_sense_and_cannot_stand_in_the_log_is_ignored(self, log: EventLog, intake: Intake, title: str):
        """What the release is comes first, whatever it was taken for."""
        published(log, intake)
        receipt = intake.receive("github", announced("d2", "edited", values.announcement("10", title=title)), BODY)
        assert receipt.decision == "ignored"
        assert "published already" in receipt.reason


class TestAWithdrawal:
    def test_is_accepted_and_ends_the_release(self, log: EventLog, intake: Intake):
        published(log, intake)
        assert intake.receive("github", withdrawn(), BODY).decision == "accepted"
        state = ReleaseDesk(log).load(RELEASE.stream)
        assert (state.ended, state.hold) == ("withdrawn", "host")
        last = list(log.read(RELEASE.stream))[-1].event
        assert last == e.ReleaseWithdrawn(by="ada", reason="the release was deleted on its host", hold="host")

    def test_of_what_nobody_knows_is_ignored_with_the_reason(self, log: EventLog, intake: Intake):
        receipt = intake.receive("github", withdrawn(), BODY)
        assert receipt.decision == "ignored"
        assert "nothing is known" in receipt.reason
        assert ReleaseDesk(log).load(RELEASE.stream).version == 0


@pytest.mark.parametrize(
    ("verdict", "decision", "event"),
    [
        (
            Ignored("d1", "push", "only releases are of interest"),
            "ignored",
            e.DeliveryIgnored(trigger="push", reason="only releases are of interest", body_digest=DIGEST, body_size=len(BODY)),
        ),
        (
            Refused("d1", "the body is no JSON"),
            "refused",
            e.DeliveryRefused(reason="the body is no JSON", body_digest=DIGEST, body_size=len(BODY)),
        ),
        (
            Pong("d1", "42"),
            "ignored",
            e.DeliveryIgnored(
                trigger="ping",
                reason="the host asked whether anybody is here",
                body_digest=DIGEST,
                body_size=len(BODY),
            ),
        ),
    ],
)
def test_what_starts_nothing_is_recorded_with_its_reason(
    log: EventLog, intake: Intake, verdict: Verdict, decision: str, event: e.DeliveryIgnored | e.DeliveryRefused
):
    assert intake.receive("github", verdict, BODY) == Receipt(delivery_id="d1", decision=decision, reason=event.reason)
    assert [one.event for one in log.read_all()] == [event]


class TestADeliveryThatComesAgain:
    @pytest.mark.parametrize(
        "verdict", [announced(), withdrawn("d1"), Ignored("d1", "push", "no"), Refused("d1", "no"), Pong("d1")]
    )
    def test_is_a_duplicate(self, log: EventLog, intake: Intake, verdict: Verdict):
        intake.receive("github", verdict, BODY)
        head = log.head()
        receipt = intake.receive("github", verdict, BODY)
        assert (receipt.decision, receipt.delivery_id) == ("duplicate", "d1")
        assert "received before" in receipt.reason
        assert receipt.release == (RELEASE.stream if isinstance(verdict, Announced) else "")
        assert log.head() == head

    def test_is_one_though_it_says_something_else(self, log: EventLog, intake: Intake):
        intake.receive("github", Ignored("d1", "push", "no"), BODY)
        assert intake.receive("github", announced("d1"), b"{}").decision == "duplicate"
        assert log.head() == 0

    def test_is_another_one_at_another_source(self, intake: Intake):
        assert intake.receive("github", Pong("d1"), BODY).decision == "ignored"
        assert intake.receive("elsewhere", Pong("d1"), BODY).decision == "ignored"

    @pytest.mark.parametrize(
        ("verdict", "decision"),
        [(announced(), "accepted"), (withdrawn("d1"), "ignored"), (Refused("d1", "no"), "refused"), (Pong("d1"), "ignored")],
    )
    def test_sixteen_times_at_one_moment_is_decided_once(self, log: EventLog, intake: Intake, verdict: Verdict, decision: str):
        receipts = at_once(16, lambda: intake.receive("github", verdict, BODY))
        assert Counter(receipt.decision for receipt in receipts) == {decision: 1, "duplicate": 15}
        assert len(recorded(log, "d1")) == 1
        assert ReleaseDesk(log).load(RELEASE.stream).run == (1 if decision == "accepted" else 0)


def test_sixteen_deliveries_for_one_release_at_one_moment_are_sixteen_runs(log: EventLog, intake: Intake):
    numbers = iter(range(16))
    receipts = at_once(16, lambda: intake.receive("github", announced(f"d{next(numbers)}"), BODY))
    assert Counter(receipt.decision for receipt in receipts) == {"accepted": 16}
    assert ReleaseDesk(log).load(RELEASE.stream).run == 16


def at_once(times: int, task: Callable[[], Receipt]) -> list[Receipt]:
    start = threading.Barrier(times)

    def run(_: int) -> Receipt:
        start.wait(30)
        return task()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_a_log_that_cannot_be_written_is_told_and_the_delivery_can_come_again(log_path: Path):
    with EventLog.open(log_path) as closed:
        intake = Intake(closed, in_force)
    with pytest.raises(LogUnavailable):
        intake.receive("github", announced(), BODY)
    with EventLog.open(log_path) as log:
        assert Intake(log, in_force).receive("github", announced(), BODY).decision == "accepted"


class TestARetry:
    def test_opens_a_new_run_of_the_same_announcement(self, log: EventLog, intake: Intake):
        published(log, intake)
        intake.retry(RELEASE.stream, "operator")
        last = list(log.read(RELEASE.stream))[-1]
        assert isinstance(last.event, e.ReleaseAnnounced)
        assert (last.event.run, last.event.trigger, last.event.announcement) == (2, "retry", RELEASE)
        assert (last.cause.source, last.cause.actor) == ("operator", "operator")

    def test_of_a_release_on_its_way_is_told_why_not(self, intake: Intake):
        intake.receive("github", announced(), BODY)
        with pytest.raises(NotNow, match="on its way"):
            intake.retry(RELEASE.stream, "operator")

    def test_of_what_nobody_knows_is_told_so(self, intake: Intake):
        with pytest.raises(NotNow, match="release/nowhere/1/1"):
            intake.retry("release/nowhere/1/1", "operator")
