"""Does the work of a release: claim the next step, do it, record what came of it, and again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from typing import Literal

import structlog

from aslo_core import events as e
from aslo_core.errors import ConfigError, Permanent, Transient
from aslo_core.log import LogUnavailable
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.release import commands as c
from aslo_core.release.agreement import agreed
from aslo_core.release.attempt import Attempt
from aslo_core.release.clock import Clock, steady_clock, wall_clock
from aslo_core.release.decide import NothingDue, StaleAttempt
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.endings import Endings
from aslo_core.release.host_failures import told_of_host
from aslo_core.release.policy import Policy
from aslo_core.release.recordable import recordable
from aslo_core.release.state import INSPECT, ReleaseState
from aslo_core.release.steps import Steps
from aslo_core.release.undertakings import ProcessEnds, Undertakings
from aslo_core.release.workspace import Workspace
from aslo_core.types import LogSink

log = structlog.get_logger(__name__)

_AT_ONCE = 0
"""What follows a step that was done is due, whatever the time: only a step that failed is waited with."""

BUNDLE_RULES = "bundle."
"""How the codes of those rules begin that are about a bundle's own content."""

_LOG_RULES = "log."
"""How those begin that ASLO itself breaks: nobody who releases can mend what the log refuses."""


class Worker:
    """One worker of many; `work` may run in several threads at once.

    Args:
        desk: carries out commands.
        steps: gives what touches the world, as it is in force now; a step goes on to its end with what it began with.
        build_logs: keep what the steps say.
        name: tells workers apart in the log.
        endings: hears of runs that end while they are worked on.
        clock: the time.
        may_claim: whether others know that this worker lives; what it claimed otherwise would be given up at once.
    """

    def __init__(
        self,
        desk: ReleaseDesk,
        steps: Callable[[], Steps],
        build_logs: BuildLogs,
        name: str,
        endings: Endings,
        clock: Clock = wall_clock,
        may_claim: Callable[[], bool] = lambda: True,
    ) -> None:
        self._desk = desk
        self._endings = endings
        self._undertakings = Undertakings(endings)
        self._steps = steps
        self._build_logs = build_logs
        self._name = name
        self._clock = clock
        self._may_claim = may_claim
        self._active: set[str] = set()
        self._rung_again: set[str] = set()
        self._broken_off: set[str] = set()
        self._in_doubt: set[str] = set()
        self._kept: dict[str, tuple[int, Workspace]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Claim no further step; what is claimed is done."""
        self._stopping.set()

    def interrupt(self) -> None:
        """End the steps that are under way as well, for the process is about to end; their claims stand."""
        self.stop()
        self._undertakings.interrupt()

    def left_behind(self) -> Mapping[str, int]:
        """Count the steps that nobody waits for any more and that go on all the same, by their names."""
        return self._undertakings.left_behind()

    def active(self) -> frozenset[str]:
        """Name the releases that are being worked on by this worker now; a step that was left behind is no work on one."""
        with self._lock:
            return frozenset(self._active)

    def unfinished(self) -> frozenset[str]:
        """Name the releases of which a step is under way, or was broken off since the process is about to end."""
        with self._lock:
            return frozenset(self._active | self._broken_off)

    def work(self, stream: str) -> None:
        """Do step after step of one release until nothing of it is due, or nothing may be claimed any more.

        Called for a release that another thread is working on, it returns at once, and that one looks once more whether
        anything is due. What goes wrong becomes an event. Only a log that cannot be written is raised, as LogUnavailable, or
        one that cannot be read, as LookupError.
        """
        with self._lock:
            if stream in self._active:
                self._rung_again.add(stream)
                return
            self._active.add(stream)
        try:
            while self._advance_to_the_end(stream):
                pass
        except BaseException:
            with self._lock:
                self._active.discard(stream)
                self._in_doubt.add(stream)  # what it claimed may stand in the log
            raise

    def settle(self) -> None:
        """Give up what this worker has claimed and could not record the outcome of: nobody else would, as long as it lives.

        What cannot be given up now is left to the next call.
        """
        with self._lock:
            in_doubt, self._in_doubt = sorted(self._in_doubt), set()
        for number, stream in enumerate(in_doubt):
            try:
                self._settle(stream)
            except LogUnavailable:
                with self._lock:
                    self._in_doubt.update(in_doubt[number:])
                return
            except Exception:
                log.exception("claim.not_given_up", release=stream, consequence="it is tried again")
                with self._lock:
                    self._in_doubt.add(stream)

    def _settle(self, stream: str) -> None:
        release = self._desk.load(stream)
        with self._lock:  # after it was read: whoever has claimed anything by then is at work still, or is done with it
            is_active = stream in self._active
        if is_active:
            return
        self._let_go(stream)
        if release.claimed is None or release.claimed_by != self._name:
            return
        reason = "what it came to could not be recorded"
        try:
            self._desk.handle(stream, c.Abandon(attempt=release.attempt, reason=reason), cause=self._cause())
        except StaleAttempt:
            return
        log.warning("claim.given_up", release=stream, attempt=release.attempt, worker=self._name, reason=reason)

    def _let_go(self, stream: str) -> None:
        """See to it that the workspace of a run that goes on, perhaps elsewhere, does not stay behind once it has ended."""
        if kept := self._kept.get(stream):
            self._endings.tell_once(stream, kept[0], kept[1].remove)
            with self._lock:
                if self._kept.get(stream) is kept:
                    del self._kept[stream]

    def _advance_to_the_end(self, stream: str) -> bool:
        """Do step after step; tell whether somebody has rung meanwhile, and let go of the release if not."""
        claimed = self._claimed(stream)
        while claimed is not None:
            after = self._advance(claimed)
            claimed = self._claimed(stream, after, claimed.attempt) if after is not None and after.open else None
        self._let_go(stream)
        with self._lock:
            again = stream in self._rung_again and not self._stopping.is_set()
            self._rung_again.discard(stream)
            if not again:
                self._active.discard(stream)
            return again

    def _claimed(self, stream: str, known: ReleaseState | None = None, attempt: int = 0) -> ReleaseState | None:
        """Claim what is due of a release, as it is known since that attempt; None if it is nothing for this worker now."""
        if known is not None and known.claimed is not None and known.claimed_by == self._name and known.attempt > attempt:
            return known  # together with the outcome of that attempt
        if not self._goes_on():
            return None
        claim = c.Claim(worker=self._name, now_us=self._clock())
        try:
            return self._desk.handle(stream, claim, cause=self._cause(), known=known)
        except NothingDue:
            return None

    def _goes_on(self) -> bool:
        return not self._stopping.is_set() and self._may_claim()

    def _advance(self, claimed: ReleaseState) -> ReleaseState | None:
        """Do the step that was claimed; return the release as it is then, None if the step was broken off for good."""
        stream = claimed.stream
        attempt = claimed.attempt
        steps = self._steps()
        self._kept[stream] = (claimed.version, steps.workspace(claimed))
        try:
            with told_of_host(steps.work):
                after = self._perform(steps, claimed, attempt)
        except StaleAttempt as reason:
            after = self._overtaken(stream, attempt, reason)
        except ProcessEnds:
            with self._lock:
                self._broken_off.add(stream)
            return None
        except (LogUnavailable, e.UnreadableEvent):
            raise
        except Permanent as reason:
            if reason.rule.startswith(_LOG_RULES):
                after = self._crashed(claimed, reason)
            else:
                after = self._record(stream, attempt, self._refusal(steps.policy, claimed, reason))
        except Transient as reason:
            log.warning("step.failed", release=stream, step=claimed.claimed, attempt=attempt, error=str(reason))
            after = self._record(stream, attempt, self._failure(attempt, "transient", str(reason), reason.retry_after))
        except ConfigError as reason:
            # An operator mends that, with time to be told and to do it: it is waited for as for a peer that is away.
            log.error("step.misconfigured", release=stream, step=claimed.claimed, attempt=attempt, error=str(reason))  # noqa: TRY400
            after = self._record(stream, attempt, self._failure(attempt, "transient", str(reason), None))
        except Exception as reason:  # noqa: BLE001 - it is recorded and told of
            after = self._crashed(claimed, reason)
        if _remove_if_over(steps, claimed, after):
            del self._kept[stream]
        return after

    def _perform(self, steps: Steps, state: ReleaseState, attempt: int) -> ReleaseState:
        """Do the step and record what came of it, with all that follows until there is something to do: in one append."""
        command: c.Command | None = _of_the_log_alone(state)
        if command is None:
            outcome = self._undertakings.carry_out(
                state,
                Attempt(attempt, self._sink(state.stream, attempt)),
                steps.seconds(state),
                do=lambda hand: _outcome(steps, state, hand),
                came_back=lambda: self._clear_up(steps, state),
            )
            command = c.Complete(outcome=outcome)
        return self._desk.handle(state.stream, command, cause=self._cause(), known=state, following=self._following)

    def _following(self, release: ReleaseState) -> c.Command | None:
        """Give what follows a step: the claim of the next one, and what that comes to where the log alone decides."""
        if release.claimed is not None:
            return _of_the_log_alone(release)
        return c.Claim(worker=self._name, now_us=_AT_ONCE) if release.open and self._goes_on() else None

    def _clear_up(self, steps: Steps, claimed: ReleaseState) -> None:
        """Remove what a step wrote that was left behind, unless its run goes on."""
        try:
            _remove_if_over(steps, claimed, self._desk.load(claimed.stream))
        except LogUnavailable as reason:
            log.warning("workspace.left", release=claimed.stream, error=str(reason), consequence="the next start removes it")

    def _crashed(self, claimed: ReleaseState, reason: Exception) -> ReleaseState:
        """A fault of ASLO's own, which operators are told of."""
        log.error("step.crashed", release=claimed.stream, step=claimed.claimed, attempt=claimed.attempt, exc_info=reason)
        error = f"{type(reason).__name__}: {reason}"
        return self._record(claimed.stream, claimed.attempt, self._failure(claimed.attempt, "internal", error, None))

    def _refusal(self, policy: Policy, claimed: ReleaseState, reason: Permanent) -> c.Reject | c.SetAside:
        """What is refused is the release, or an attached bundle alone where the source may do in its place."""
        rule, found, cure = recordable(reason.rule), recordable(reason.found), recordable(reason.cure)
        at_fault = claimed.takes_asset and claimed.claimed == INSPECT and rule.startswith(BUNDLE_RULES)
        if at_fault and policy.invalid_asset == "build":
            return c.SetAside(attempt=claimed.attempt, rule=rule, found=found, cure=cure)
        return c.Reject(attempt=claimed.attempt, rule=rule, found=found, cure=cure)

    def _record(self, stream: str, attempt: int, command: c.Reject | c.SetAside | c.Fail) -> ReleaseState:
        try:
            return self._desk.handle(stream, command, cause=self._cause())
        except StaleAttempt as reason:
            return self._overtaken(stream, attempt, reason)

    def _overtaken(self, stream: str, attempt: int, reason: StaleAttempt) -> ReleaseState:
        """What this attempt did counts no more; there may be a newer run to go on with."""
        log.info("step.overtaken", release=stream, attempt=attempt, reason=str(reason))
        return self._desk.load(stream)

    def _failure(self, attempt: int, kind: Literal["transient", "internal"], error: str, retry_after: float | None) -> c.Fail:
        return c.Fail(
            attempt=attempt,
            kind=kind,
            error=recordable(error),
            now_us=self._clock(),
            jitter=random.random(),  # noqa: S311 - it spreads load, it guards nothing
            retry_after=retry_after,
        )

    def _cause(self) -> e.Cause:
        return e.Cause(source="worker", actor="aslo")

    def _sink(self, stream: str, attempt: int) -> LogSink:
        begun = steady_clock()

        def say(data: bytes) -> None:
            try:
                self._build_logs.append(stream, attempt, steady_clock() - begun, data)
            except LogUnavailable as reason:
                log.warning("build_log.lost", release=stream, attempt=attempt, bytes=len(data), error=str(reason))

        return say


def _of_the_log_alone(claimed: ReleaseState) -> c.Reserve | c.Publish | None:
    """Give the command that a claimed step comes to without anything being done in the world; None where something is."""
    match claimed.claimed:
        case "reserve":
            return c.Reserve(attempt=claimed.attempt)
        case "publish":
            return c.Publish(attempt=claimed.attempt)
        case _:
            return None


def _outcome(steps: Steps, state: ReleaseState, attempt: Attempt) -> c.Outcome:
    step, _, name = (state.claimed or "").partition(":")
    match step:
        case "fetch":
            return steps.fetch(state, attempt)
        case "build":
            return steps.build(state, attempt)
        case "take":
            return steps.take(state, attempt)
        case "inspect":
            inspected = steps.inspect(state, attempt)
            return agreed(state, inspected, strict=steps.policy.version_agreement == "strict")
        case "store":
            return steps.store(state, attempt, name)
        case _:
            raise LookupError(f"no step is called {state.claimed!r}")


def _remove_if_over(steps: Steps, claimed: ReleaseState, now: ReleaseState) -> bool:
    is_over = now.run != claimed.run or not now.open
    if is_over:
        steps.workspace(claimed).remove()
    return is_over
