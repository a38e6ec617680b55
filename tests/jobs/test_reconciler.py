"""What hosts told in vain is found once and marked. The hosts are doubles that answer over HTTP as the real ones do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.source import create as create_forgejo
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.source import GitHubSource
from aslo_source_github.source import create as create_github

from aslo_core import events as e
from aslo_core.jobs.reconciler import Reconciler
from aslo_core.log import Entry, EventLog
from aslo_core.projections import Projector, Views, deliveries, reconciliations, timeline
from aslo_core.release import commands as c
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.intake import InForce, Intake, Receipt
from aslo_core.testing.forgejo import Forgejo
from aslo_core.testing.github import GitHub, Release, delivery_headers, encode, faults
from aslo_core.testing.github import Repository as Hosted
from aslo_core.types import Announced, Context, Delivery, Ignored, release_stream

HOUR_S = 3600.0
SECRET = "the webhook's secret"
TOKEN = "ghp_verysecrettoken"
HERE = "https://aslo.example/api/hook"
ADMIN = {"metadata": "read", "contents": "read", "organization_hooks": "read", "repository_hooks": "read"}
CAUSE = e.Cause(source="test", actor="test")


@dataclass
class Clock:
    """The machine's clock, as the hosts' and the log's, and what a test has waited."""

    waited_us: int = 0

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self.waited_us

    def goes_on(self, seconds: float) -> None:
        self.waited_us += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def iso(clock: Clock, seconds: float = 0) -> str:
    """A time as GitHub writes it, so many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock() // 1_000_000 + seconds))


@dataclass
class Office:
    """A log with its views and intake, and reconcilers of sources."""

    log: EventLog
    projector: Projector
    views: Views
    clock: Clock
    sources: dict[str, Any] = field(default_factory=dict)
    every_us: int = 3_600_000_000

    def __post_init__(self) -> None:
        self.intake = Intake(self.log, lambda _: InForce(builder="sandbox", notifiers=(), storages=("main",)))

    def open(self, name: str, source: Any) -> Reconciler:
        """Bring a source into force for the first time; give its reconciler."""
        self.sources[name] = source
        table = e.ConfiguredTable(key=f"source.{name}", use="double", distribution="", code="", values=())
        self.log.append([Entry("config", e.ConfigChanged(digest="", aslo="", tables=(table,)))], cause=CAUSE)
        self.projector.catch_up()
        return self.another(name)

    def another(self, name: str) -> Reconciler:
        """A reconciler, as a process has it that was started just now."""
        made = Reconciler(
            name,
            lambda: self.sources[name],
            lambda: self.intake,
            self.log,
            self.views.snapshot,
            self.clock,
            lambda: self.every_us,
            lambda: 0.0,
        )
        made.turn()
        return made

    def turn(self, reconciler: Reconciler, seconds: float = HOUR_S) -> None:
        """Let time go by, and the reconciler look what is due."""
        self.clock.goes_on(seconds)
        reconciler.turn()
        self.projector.catch_up()

    def told(self, type_: type[e.Event] = e.ReleaseAnnounced) -> list[Any]:
        return [one for one in self.log.read_all() if isinstance(one.event, type_)]

    def standing(self, name: str = "github") -> reconciliations.ReconciliationRow:
        with self.views.snapshot() as connection:
            row = reconciliations.find(connection, name)
        assert row is not None
        return row


@pytest.fixture
def office(log: EventLog, projector: Projector, views: Views, clock: Clock) -> Office:
    return Office(log, projector, views, clock)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github") as github:
        github.add_token(TOKEN, "aslo-bot", ADMIN)
        github.add_account("sugarlabs", kind="Organization")
        yield github


@pytest.fixture
def hosted(github: GitHub) -> Hosted:
    return github.add_repository("sugarlabs", "maze", github.root)


@pytest.fixture
def source(github: GitHub, hosted: Hosted, tmp_path: Path) -> GitHubSource:
    where = {"api_url": github.api_url, "web_url": github.url, "clone_url": f"{github.url}/{{owner}}/{{name}}.git"}
    options = {"secret": SECRET, "owners": ["sugarlabs"], "token": TOKEN, **where}
    return create_github(GitHubSourceOptions.model_validate(options), Context("github", tmp_path, tmp_path, HERE[:-9]))


@pytest.fixture
def reconciler(office: Office, source: GitHubSource) -> Reconciler:
    return office.open("github", source)


Deliver = Callable[..., Receipt]


@pytest.fixture
def deliver(github: GitHub, office: Office, source: GitHubSource) -> Deliver:
    """Bring a webhook in time."""

    def bring(release: Release, action: str = "published", guid: str = "guid") -> Receipt:
        body = encode(github.release_payload(release, action))
        headers = {name.lower(): value for name, value in delivery_headers(body, "release", SECRET, delivery_id=guid).items()}
        receipt = office.intake.receive("github", source.verify(Delivery(headers, body)), body)
        office.projector.catch_up()
        return receipt

    return bring


def stream(hosted: Hosted, release: Release) -> str:
    return release_stream("github", str(hosted.id), str(release.id))


# --- what is found -------------------------------------------------------------------------------------------------------


def test_a_release_that_no_webhook_told_of_is_found_once_and_marked(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler
) -> None:
    release = github.add_release(hosted, "v1", author="ada")
    for _ in range(3):
        office.turn(reconciler)
    office.another("github").reconcile(0, "operator")
    (announced,) = office.told()
    assert (announced.stream, announced.event.trigger) == (stream(hosted, release), "reconciled")
    (delivery,) = office.told(e.DeliveryAccepted)
    assert (delivery.cause.source, delivery.cause.actor) == ("intake/github", "reconciler")
    with office.views.snapshot() as connection:
        (row,) = deliveries.of_release(connection, announced.stream)
        (entry,) = timeline.of_release(connection, announced.stream)
    assert row.reconciled
    assert "Found by reconciliation" in entry.sentence


def test_what_was_heard_is_not_found(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver
) -> None:
    release = github.add_release(hosted, "v1")
    github.note_attempt(github.add_hook("sugarlabs", HERE), "release", github.release_payload(release), 202, guid="guid")
    assert deliver(release).decision == "accepted"
    office.turn(reconciler)
    assert len(office.told()) == 1
    (asked,) = office.told(e.SourceReconciled)
    assert (asked.stream, asked.event.found, asked.cause.actor) == ("source/github", 0, "aslo")


@pytest.mark.parametrize("sees_webhooks", [True, False])
def test_what_was_found_and_is_then_delivered_starts_nothing_again(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver, sees_webhooks: bool
) -> None:
    release = github.add_release(hosted, "v1")
    if sees_webhooks:
        github.note_attempt(github.add_hook("sugarlabs", HERE), "release", github.release_payload(release), 0, guid="guid")
    office.turn(reconciler)
    receipt = deliver(release)
    assert receipt.decision == ("duplicate" if sees_webhooks else "ignored")
    assert [one.event.trigger for one in office.told()] == (["published"] if sees_webhooks else ["reconciled"])


def test_a_publication_of_what_was_found_and_rejected_is_no_repetition(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver
) -> None:
    release = github.add_release(hosted, "v1")
    office.turn(reconciler)
    desk, at = ReleaseDesk(office.log), stream(hosted, release)
    desk.handle(at, c.Claim(worker="w", now_us=office.clock()), cause=CAUSE)
    desk.handle(at, c.Reject(attempt=1, rule="r", found="f", cure="c"), cause=CAUSE)
    office.turn(reconciler)
    assert len(office.told()) == 1
    assert deliver(release).decision == "accepted"


def test_a_release_whose_announcement_was_ignored_stays_so(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, source: GitHubSource
) -> None:
    releases = [github.add_release(hosted, tag) for tag in ("v1", "v2")]
    for release, trigger in zip(releases, ("release.published", "release.created"), strict=True):
        ignored = Ignored(f"of-{release.tag}", trigger, "for a reason", stream(hosted, release))
        office.intake.receive("github", ignored, b"")
    office.projector.catch_up()
    office.turn(reconciler)
    assert [one.event.announcement.tag for one in office.told()] == ["v2"]


def test_a_missed_deletion_withdraws(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver
) -> None:
    release = github.add_release(hosted, "v1")
    deliver(release)
    hook = github.add_hook("sugarlabs", HERE)
    payload = github.release_payload(release, "deleted")
    github.note_attempt(hook, "release", payload, 502, guid="gone", delivered_at=iso(office.clock, 5))
    github.store.delete(release)
    for _ in range(2):
        office.turn(reconciler)
    (withdrawn,) = office.told(e.ReleaseWithdrawn)
    assert withdrawn.stream == stream(hosted, release)
    assert withdrawn.cause.is_reconciliation
    (asked, _) = office.told(e.SourceReconciled)
    assert asked.event.found == 1


def test_a_missed_withdrawal_that_later_news_overtook_does_nothing(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver
) -> None:
    release = github.add_release(hosted, "v1")
    payload = github.release_payload(release, "unpublished")
    github.note_attempt(github.add_hook("sugarlabs", HERE), "release", payload, 502, delivered_at=iso(office.clock, -5))
    deliver(release)
    reconciler.reconcile(0, "operator")
    assert office.told(e.ReleaseWithdrawn) == []


def test_a_release_that_is_published_again_is_found_once_the_host_had_time_to_list_it(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver
) -> None:
    release = github.add_release(hosted, "v1")
    deliver(release)
    deliver(release, "unpublished", "back")
    reconciler.reconcile(0, "operator")
    assert len(office.told()) == 1
    for _ in range(2):
        office.turn(reconciler)
    assert [one.event.trigger for one in office.told()] == ["published", "reconciled"]


def test_missed_deliveries_are_replayed_in_the_order_in_which_they_were_tried(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler
) -> None:
    release = github.add_release(hosted, "v1")
    of_all, of_one = github.add_hook("sugarlabs", HERE), github.add_hook("sugarlabs/maze", HERE)
    for hook, action, seconds in ((of_one, "published", 5), (of_all, "deleted", 7)):
        payload = github.release_payload(release, action)
        github.note_attempt(hook, "release", payload, 0, delivered_at=iso(office.clock, seconds))
    github.store.delete(release)
    office.turn(reconciler)
    assert ReleaseDesk(office.log).load(stream(hosted, release)).hold == "host"


def test_a_forge_is_asked_as_well(office: Office, tmp_path: Path) -> None:
    with Forgejo(tmp_path / "forge", tokens={"t": {"read:repository"}}) as forge:
        options = {"url": forge.url, "secret": SECRET, "owners": ["sugarlabs"], "token": "t"}
        made = create_forgejo(ForgejoSourceOptions.model_validate(options), Context("forge", tmp_path, tmp_path, HERE[:-9]))
        reconciler = office.open("forge", made)
        forge.publish(forge.add_repository("sugarlabs", "maze"), "v1")
        for _ in range(2):
            office.turn(reconciler)
    (announced,) = office.told()
    assert (announced.event.announcement.repository.source, announced.event.trigger) == ("forge", "reconciled")


# --- how far back --------------------------------------------------------------------------------------------------------


def test_what_was_published_before_the_source_was_here_is_found_only_by_hand(
    office: Office, github: GitHub, hosted: Hosted, source: GitHubSource
) -> None:
    old = github.add_release(hosted, "v1")
    github.store.change(old, published_at=iso(office.clock, -60))
    reconciler = office.open("github", source)
    for _ in range(2):
        office.turn(reconciler)
    assert office.told() == []
    found: list[str] = []
    reconciler.reconcile(0, "operator", lambda verdict, receipt: found.append(receipt.decision))
    assert found == ["accepted"]


def test_all_that_was_published_while_aslo_was_down_is_found(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler
) -> None:
    office.turn(reconciler)
    complete_us = office.standing().complete_us
    office.clock.goes_on(40 * 86_400)
    release = github.add_release(hosted, "v1")
    github.store.change(release, published_at=iso(office.clock, -39 * 86_400))
    office.turn(office.another("github"))
    assert len(office.told()) == 1
    assert office.told(e.SourceReconciled)[-1].event.since_us <= complete_us < office.standing().complete_us


def test_a_gap_that_was_left_by_hand_stays_one(office: Office, reconciler: Reconciler) -> None:
    office.clock.goes_on(86_400)
    reconciler.reconcile(office.clock() - 1_000_000, "operator")
    office.projector.catch_up()
    assert office.standing().complete_us == office.standing().first_us


# --- when ----------------------------------------------------------------------------------------------------------------


def test_it_asks_soon_after_a_start_and_then_once_in_each_interval(office: Office, reconciler: Reconciler) -> None:
    asked = []
    for seconds in (5, 10, 3590, 15):
        office.turn(reconciler, seconds)
        asked.append(len(office.told(e.SourceReconciled)))
    assert asked == [0, 1, 1, 2]


def test_a_source_that_fails_is_asked_again_sooner_and_later_each_time(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler
) -> None:
    github.add_release(hosted, "v1")
    github.fail(faults.server_error(502), path="*/releases", times=2)
    office.turn(reconciler, 40)
    first = office.standing()
    assert (first.failures, first.asked_us) == (1, None)
    assert "502" in first.error
    office.turn(reconciler, 20)
    assert office.standing().failures == 1
    office.turn(reconciler, 15)
    second = office.standing()
    assert second.failures == 2
    assert second.retry_at_us - office.clock() > 50_000_000
    office.turn(reconciler, 90)
    assert (office.standing().failures, office.standing().error, len(office.told())) == (0, "", 1)


def test_a_restart_does_not_ask_a_source_that_wants_to_be_left_alone(
    office: Office, github: GitHub, reconciler: Reconciler
) -> None:
    github.fail(faults.primary_limit(1800), path="*/repos")
    office.turn(reconciler, 40)
    restarted = office.another("github")
    office.turn(restarted, 600)
    assert office.standing().asked_us is None
    office.turn(restarted, 1300)
    assert office.standing().failures == 0


def test_what_was_found_before_a_source_failed_is_recorded(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler
) -> None:
    release = github.add_release(hosted, "v1")
    github.note_attempt(github.add_hook("sugarlabs", HERE), "release", github.release_payload(release), 0, guid="guid")
    github.fail(faults.server_error(502), path="*/releases")
    office.turn(reconciler, 40)
    assert len(office.told()) == 1
    assert (office.standing().failures, office.standing().complete_us) == (1, office.standing().first_us)


def test_a_dry_run_records_nothing(office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler) -> None:
    github.add_release(hosted, "v1")
    head = office.log.head()
    (verdict,) = reconciler.missing(0, office.clock())
    assert isinstance(verdict, Announced)
    assert office.log.head() == head


def test_several_at_the_same_time_start_a_release_once(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler
) -> None:
    github.add_release(hosted, "v1")
    both = [office.another("github").missing(0, office.clock()) for _ in range(2)]
    verdicts = [next(one) for one in both]
    decisions = [office.intake.receive("github", verdict, b"", actor=e.RECONCILER).decision for verdict in verdicts]
    assert decisions == ["accepted", "duplicate"]
    assert len(office.told()) == 1


def test_a_webhook_that_comes_between_looking_and_recording_is_enough(
    office: Office, github: GitHub, hosted: Hosted, reconciler: Reconciler, deliver: Deliver
) -> None:
    release = github.add_release(hosted, "v1")
    verdict = next(reconciler.missing(0, office.clock()))
    deliver(release)
    assert office.intake.receive("github", verdict, b"", actor=e.RECONCILER).decision == "ignored"
    assert [one.event.trigger for one in office.told()] == ["published"]
