"""What may befall, in any order: the rules by which Hypothesis plays with the world."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack, suppress

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from structlog.testing import capture_logs

from aslo_core import events as e
from aslo_core.errors import Permanent, Transient
from aslo_core.log import LogUnavailable
from aslo_core.release import commands as c
from aslo_core.release.decide import NotNow
from aslo_core.release.intake import Intake
from aslo_core.types import Announced, Withdrawn
from tests.crash.simulated.processes import IN_FORCE, LEASE_S, receive
from tests.crash.simulated.threads import Killed
from tests.crash.simulated.world import RELEASES, World, files

WHICH = st.integers(0, len(RELEASES) - 1)
OF_TWO = st.integers(0, 1)
PLACES = st.integers(0, 12) | st.integers(13, 45)
"""A release that is built comes to 42 places on its way to being published."""
ANY = st.integers(0, 10_000)
FAULTS = {
    "transient": Transient("the peer is away"),
    "permanent": Permanent("bundle.odd", "It is odd.", "Mend it."),
    "crash": RuntimeError("nobody thought of that"),
}
OUR_OWN_FAULTS = {"worker.crashed", "claim.not_given_up", "notice.not_recorded"}
"""Messages that tell of what nobody has thought of: nothing that befalls anybody here may lead to them."""
OPERATOR = e.Cause(source="operator", actor="root")


class Simulation(RuleBasedStateMachine):
    """Releases, and all that can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = ExitStack()
        self._said = self._closing.enter_context(capture_logs())
        self.world = World()
        self._closing.callback(self.world.close)
        self._deliveries: list[Announced | Withdrawn] = []
        self._moved = [False] * len(RELEASES)

    def teardown(self) -> None:
        """What has gone on until now comes to its end, and then all is held to what must hold."""
        with self._closing:
            self.world.come_to_rest()
            crashes = [said for said in self._said if said["event"] in OUR_OWN_FAULTS]
            assert not crashes, crashes

    @invariant()
    def what_must_hold_holds(self) -> None:
        self.world.judge()

    # --- what hosts and operators do ---

    @initialize(first=st.lists(WHICH, min_size=1, max_size=4, unique=True))
    def some_are_released(self, first: list[int]) -> None:
        for which in first:
            self.is_released(which, "published", moved=False, dies_at=0)

    @rule(
        which=WHICH,
        trigger=st.sampled_from(["published", "published", "edited"]),
        moved=st.booleans(),
        dies_at=st.sampled_from([0, 0, 0, 1, 2]),
    )
    def is_released(self, which: int, trigger: str, moved: bool, dies_at: int) -> None:
        one = RELEASES[which]
        self._moved[which] ^= moved
        self.world.tags[one.stream, one.tag] = files(one, self._moved[which])
        self._deliver(Announced(f"d{len(self._deliveries)}", trigger, one), dies_at)

    @rule(which=WHICH, dies_at=st.sampled_from([0, 0, 1, 2]))
    def is_deleted(self, which: int, dies_at: int) -> None:
        one = RELEASES[which]
        self._deliver(
            Withdrawn(f"d{len(self._deliveries)}", "deleted", stream=one.stream, repository=one.repository, by="ada"), dies_at
        )

    @rule(chosen=ANY)
    def is_delivered_again(self, chosen: int) -> None:
        if self._deliveries:
            self._deliver(self._deliveries[chosen % len(self._deliveries)], 0)

    @rule(which=WHICH, asked=st.sampled_from(["cancel", "retry", "withdraw", "lift"]))
    def an_operator_asks(self, which: int, asked: str) -> None:
        stream = RELEASES[which].stream
        with suppress(NotNow):
            match asked:
                case "cancel":
                    self.world.desk.handle(stream, c.Cancel(by="root", reason="it hangs"), cause=OPERATOR)
                case "withdraw":
                    self.world.desk.handle(stream, c.Withdraw(by="root", reason="a mistake", hold="operator"), cause=OPERATOR)
                case "lift":
                    self.world.desk.handle(stream, c.Lift(by="root", reason="it was none"), cause=OPERATOR)
                case _:
                    Intake(self.world.log, lambda _: IN_FORCE).retry(stream, "root")

    # --- what conductors do, and what becomes of them ---

    @rule(
        which=OF_TWO,
        current=st.booleans(),
        dies_at=st.sampled_from([0, 0, 0, 1, 2, 3, 4]),
        away=st.sampled_from([False, False, True]),
    )
    def conducts(self, which: int, current: bool, dies_at: int, away: bool) -> None:
        conductor, self.world.bell.is_away = self.world.conductors[which], away
        try:
            with conductor.dying(dies_at):
                if current:
                    conductor.projector.catch_up()
                    self.world.judge_queue(conductor)
                conductor.claims.turn()
                if current:
                    conductor.projector.catch_up()
                conductor.dispatcher.turn()
        except Killed:
            self.world.replace_conductor(which)

    @rule(
        which=OF_TWO,
        dies_at=st.sampled_from([0, 0, 0, 1, 2, 3, 4]),
        fault=st.sampled_from([None, None, *sorted(FAULTS)]),
        where=st.sampled_from(["notify.before", "notify.after"]),
        both=st.booleans(),
    )
    def tells(self, which: int, dies_at: int, fault: str | None, where: str, both: bool) -> None:
        """Tell what is due; where two take themselves for the leader, the other one does so as well, by what it knew before."""
        conductor, other = self.world.conductors[which], self.world.conductors[1 - which]
        conductor.projector.catch_up()
        other.projector.catch_up()
        try:
            with conductor.dying(dies_at), conductor.failing(FAULTS.get(fault or ""), where):
                conductor.herald.turn()
        except Killed:
            self.world.replace_conductor(which)
        if both:
            other.herald.turn()

    @rule(chosen=ANY, fate=st.sampled_from(["dropped", "doubled", "flushed"]))
    def a_message_meets_its_fate(self, chosen: int, fate: str) -> None:
        messages = self.world.bell.messages
        if not messages:
            return
        match fate:
            case "dropped":
                messages.pop(chosen % len(messages))
            case "doubled":
                messages.append(messages[chosen % len(messages)])
            case _:
                messages.clear()

    # --- what workers do, and what becomes of them ---

    @rule(worker=OF_TWO, chosen=ANY, places=PLACES)
    def works(self, worker: int, chosen: int, places: int) -> None:
        """Go on, or take any message that is there, and come to so many places."""
        process, messages = self.world.workers[worker], self.world.bell.messages
        if not process.at:
            if not messages:
                idle = [which for which, one in enumerate(RELEASES) if one.stream not in self.world.referee.open]
                if idle:
                    self.is_released(idle[chosen % len(idle)], "published", moved=chosen % 3 == 0, dies_at=0)
                self.conducts(0, current=True, dies_at=0, away=False)
            if messages:
                process.hear(messages.pop(chosen % len(messages)))
        for _ in range(places):
            process.go_on()

    @rule(worker=OF_TWO, chosen=ANY, places=PLACES, fault=st.sampled_from(sorted(FAULTS)))
    def a_step_meets_a_fault(self, worker: int, chosen: int, places: int, fault: str) -> None:
        self.works(worker, chosen, places)
        process = self.world.workers[worker]
        process.go_on(LogUnavailable("the disk is full") if process.at.startswith("append") else FAULTS[fault])

    @rule(worker=OF_TWO, chosen=ANY, places=PLACES, is_on_disk=st.booleans())
    def an_append_fails(self, worker: int, chosen: int, places: int, is_on_disk: bool) -> None:
        """The disk is full, or the answer of the database is lost."""
        self.works(worker, chosen, places)
        process = self.world.workers[worker]
        while process.at not in ("", "append.after" if is_on_disk else "append.before"):
            process.go_on()
        process.go_on(LogUnavailable("the log is away"))

    @rule(worker=OF_TWO, chosen=ANY, places=PLACES)
    def a_worker_is_killed(self, worker: int, chosen: int, places: int) -> None:
        self.works(worker, chosen, places)
        self.world.replace_worker(worker)

    @rule(worker=OF_TWO, chosen=ANY, before=PLACES, other=PLACES, later=st.integers(0, 10))
    def a_worker_is_taken_for_dead(self, worker: int, chosen: int, before: int, other: int, later: int) -> None:
        """It stands still for longer than its lease; another one goes on with its release; then it does, too."""
        self.works(worker, chosen, before)
        lost, successor = self.world.workers[worker], self.world.workers[1 - worker]
        if not lost.at or successor.at:
            return
        self.time_passes(LEASE_S + 1, stopped={worker})
        self.conducts(0, current=True, dies_at=0, away=False)
        successor.hear(lost.stream)
        for process, places in ((successor, other), (lost, later)):
            for _ in range(places):
                process.go_on()
                self.world.judge()

    @rule(seconds=st.sampled_from([1, 5, 12, 60, 700]), stopped=st.sets(OF_TWO))
    def time_passes(self, seconds: float, stopped: Collection[int]) -> None:
        """Time passes, and does so for who is stopped, too, as by SIGSTOP."""
        self.world.time_passes(seconds, stopped)

    def _deliver(self, verdict: Announced | Withdrawn, dies_at: int) -> None:
        if verdict not in self._deliveries:
            self._deliveries.append(verdict)
        decision = receive(self.world, verdict, dies_at)
        if decision in ("accepted", "ignored", "duplicate"):
            self.world.referee.answered.add(verdict.delivery_id)
