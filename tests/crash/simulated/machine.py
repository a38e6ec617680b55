"""What may befall, in any order: the rules by which Hypothesis plays with the world."""

from __future__ import annotations

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
ANY = st.integers(0, 10_000)
FAULTS = {
    "transient": Transient("the peer is away"),
    "permanent": Permanent("bundle.odd", "It is odd.", "Mend it."),
    "crash": RuntimeError("nobody thought of that"),
}
OPERATOR = e.Cause(source="operator", actor="root")


class Simulation(RuleBasedStateMachine):
    """Releases, and all that can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = ExitStack()
        self._closing.enter_context(capture_logs())
        self.world = World()
        self._closing.callback(self.world.close)
        self._deliveries: list[Announced | Withdrawn] = []
        self._moved = dict.fromkeys(range(len(RELEASES)), 0)

    def teardown(self) -> None:
        """What has gone on until now comes to its end, and then all is held to what must hold."""
        with self._closing:
            self.world.come_to_rest()

    @invariant()
    def what_must_hold_holds(self) -> None:
        self.world.judge()

    # --- what hosts and operators do ---

    @initialize(first=st.lists(WHICH, min_size=1, max_size=4, unique=True))
    def some_are_released(self, first: list[int]) -> None:
        for which in first:
            self.is_released(which, "published", 0)
        self.conducts(0, current=True, dies_at=0)

    @rule(which=WHICH, trigger=st.sampled_from(["published", "published", "edited"]), dies_at=st.sampled_from([0, 0, 0, 1, 2]))
    def is_released(self, which: int, trigger: str, dies_at: int) -> None:
        self._deliver(Announced(f"d{len(self._deliveries)}", trigger, RELEASES[which]), dies_at)

    @rule(which=WHICH, dies_at=st.sampled_from([0, 0, 1, 2]))
    def is_deleted(self, which: int, dies_at: int) -> None:
        one = RELEASES[which]
        self._deliver(Withdrawn(f"d{len(self._deliveries)}", "deleted", stream=one.stream, repository=one.repository, by="ada"), dies_at)

    @rule(chosen=ANY)
    def is_delivered_again(self, chosen: int) -> None:
        if self._deliveries:
            self._deliver(self._deliveries[chosen % len(self._deliveries)], 0)

    @rule(which=WHICH)
    def the_tag_is_moved(self, which: int) -> None:
        one = RELEASES[which]
        self._moved[which] = 1 - self._moved[which]
        self.world.tags[one.stream, one.tag] = files(one, self._moved[which])

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

    @rule(which=OF_TWO, current=st.booleans(), dies_at=st.sampled_from([0, 0, 0, 1, 2, 3, 4]))
    def conducts(self, which: int, current: bool, dies_at: int) -> None:
        conductor = self.world.conductors[which]
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
        current=st.booleans(),
        dies_at=st.sampled_from([0, 0, 0, 1, 2, 3, 4]),
        fault=st.sampled_from([None, None, *sorted(FAULTS)]),
        where=st.sampled_from(["notify.before", "notify.after"]),
    )
    def tells(self, which: int, current: bool, dies_at: int, fault: str | None, where: str) -> None:
        conductor = self.world.conductors[which]
        try:
            with conductor.dying(dies_at), conductor.failing(FAULTS.get(fault or ""), where):
                if current:
                    conductor.projector.catch_up()
                conductor.herald.turn()
        except Killed:
            self.world.replace_conductor(which)

    # --- what becomes of messages ---

    @rule(chosen=ANY, worker=OF_TWO)
    def a_message_arrives(self, chosen: int, worker: int) -> None:
        messages, process = self.world.bell.messages, self.world.workers[worker]
        if messages and not process.at and not process.stopped:
            process.hear(messages.pop(chosen % len(messages)))

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

    @rule()
    def the_broker_goes_or_comes(self) -> None:
        self.world.bell.is_away = not self.world.bell.is_away

    # --- what workers do, and what becomes of them ---

    @rule(worker=OF_TWO, places=st.integers(1, 40))
    def works_on(self, worker: int, places: int) -> None:
        process = self.world.workers[worker]
        for _ in range(0 if process.stopped else places):
            process.go_on()

    @rule(worker=OF_TWO, fault=st.sampled_from(sorted(FAULTS)))
    def a_step_meets_a_fault(self, worker: int, fault: str) -> None:
        process = self.world.workers[worker]
        if process.at and not process.stopped:
            process.go_on(LogUnavailable("the disk is full") if process.at.startswith("append") else FAULTS[fault])

    @rule(worker=OF_TWO)
    def a_worker_is_killed(self, worker: int) -> None:
        self.world.replace_worker(worker)

    @rule(worker=OF_TWO)
    def a_worker_is_stopped_or_goes_on(self, worker: int) -> None:
        process = self.world.workers[worker]
        process.stopped = not process.stopped

    @rule(worker=OF_TWO, places=st.integers(1, 40), later=st.integers(0, 10))
    def a_worker_is_taken_for_dead(self, worker: int, places: int, later: int) -> None:
        """It stands still for longer than its lease; another one goes on with its release; then it does, too."""
        lost, other = self.world.workers[worker], self.world.workers[1 - worker]
        if not lost.at or other.at or other.stopped:
            return
        stream, lost.stopped = lost.stream, True
        self.world.time_passes(LEASE_S + 1)
        self.conducts(0, current=True, dies_at=0)
        other.hear(stream)
        for _ in range(places):
            other.go_on()
        self.world.judge()
        lost.stopped = False
        for _ in range(later):
            lost.go_on()
            self.world.judge()

    @rule(seconds=st.sampled_from([1, 5, 12, 60, 700]))
    def time_passes(self, seconds: int) -> None:
        self.world.time_passes(seconds)

    def _deliver(self, verdict: Announced | Withdrawn, dies_at: int) -> None:
        if verdict not in self._deliveries:
            self._deliveries.append(verdict)
        decision = receive(self.world, verdict, dies_at)
        if decision in ("accepted", "ignored", "duplicate"):
            self.world.referee.answered.add(verdict.delivery_id)
