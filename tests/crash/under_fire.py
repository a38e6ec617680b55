"""Releases in flight while whoever carries them is struck again and again: in the end all must be as if nothing had been."""

from __future__ import annotations

import http.client
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import redis

from aslo_core.rootfs import RootTree
from tests.crash.accepted import Accepted
from tests.crash.feeding import Feed, Feeder
from tests.crash.installation import Installation, installation
from tests.crash.invariants import broken
from tests.crash.ledger import Ledger
from tests.crash.scene import LATE, Scene
from tests.crash.strikes import DOCKERD, How, Strike

PATIENCE_S = 240.0
"""How long anything may take on a busy machine; what takes longer is stuck."""
AWAY_S = 1.0
"""How long a server is away that was killed."""
_LOOK_S = 0.1
_BEYOND = 1.5
"""How many leases a stopped victim does not run for."""
_HANGS_S = 12.0
"""How long a server hangs: longer than anybody waits for its answer."""


@dataclass
class Endured:
    """What came of it.

    Attributes:
        strikes: each blow that hit somebody, in order.
        flushes: how often Redis was emptied.
        accepted: how many deliveries were answered with 202.
        broken: what does not hold.
        recovery_s: victim and seconds of each recovery, from the last blow before it.
        rest_s: seconds from the last recovery until nothing was left to do.
    """

    strikes: list[Strike] = field(default_factory=list)
    flushes: int = 0
    accepted: int = 0
    broken: list[str] = field(default_factory=list)
    recovery_s: list[tuple[str, float]] = field(default_factory=list)
    rest_s: float = 0.0

    @property
    def kills(self) -> Counter[str]:
        """How often each victim was killed."""
        return Counter(strike.victim for strike in self.strikes if strike.how is How.KILL)


def endure(
    folder: Path,
    strikes: Sequence[Strike],
    seed: int = 0,
    *,
    feed: Feed,
    lease_s: int,
    away_s: float = AWAY_S,
    prepare: Callable[[Scene], None] = lambda _: None,
    environment: Mapping[str, str] = MappingProxyType({}),
    patience_s: float = PATIENCE_S,
    tree: RootTree | None = None,
) -> Endured:
    """Play a schedule in a new folder.

    Args:
        folder: where everything lies; removed again when everything holds.
        strikes: what happens, one after another.
        seed: which releases there are, and what else is left to chance, follows from it.
        feed: delivers the webhooks.
        lease_s: seconds that a lease lasts.
        away_s: seconds after which Redis or PostgreSQL is started again.
        prepare: is done to the scene before the first webhook is delivered.
        environment: further variables of ASLO's processes.
        patience_s: how long anything may take before it counts as stuck.
        tree: what bundles are built in by Docker; else they are built by bubblewrap.

    Raises:
        NotInstalled: there is no Redis, PostgreSQL or Docker on this machine.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with installation(folder, seed, lease_s, away_s, patience_s, environment, tree) as up:
        prepare(up.scene)
        with closing(Ledger(up.scene.log)) as ledger:
            fire = _Fire(up, ledger, feed, environment, patience_s)
            fire.run(strikes)
            up.end()
            fire.judge()
    if not fire.result.broken:
        shutil.rmtree(folder)
    return fire.result


class _Fire:
    def __init__(self, up: Installation, ledger: Ledger, feed: Feed, environment: Mapping[str, str], patience_s: float) -> None:
        self.result = Endured()
        self._up = up
        self._environment = environment
        self._patience_s = patience_s
        self._accepted = Accepted(up.scene.folder / "accepted.jsonl")
        self._ledger = ledger
        self._feeder = Feeder(lambda feeder: feed(feeder, self._ledger), up.scene, self._accepted)

    def run(self, strikes: Sequence[Strike]) -> None:
        """Strike one after another, and wait until nothing is left to do."""
        self._feeder.start()
        try:
            self._wait("the first steps", lambda: self._ledger.claims > 0)
            for number, strike in enumerate(strikes, 1):
                time.sleep(strike.pause_s)
                self._strike(strike)
                if number == len(strikes) or not strikes[number].in_recovery:
                    self._recover(strike)
        finally:
            answered = self._feeder.finish(self._patience_s)
        if not answered:
            self.result.broken.append(f"stuck: a webhook was not answered with 202 for {self._patience_s} s")
        begun = time.monotonic()
        self._rest()
        self.result.rest_s = time.monotonic() - begun
        if (docker := self._up.scene.docker) is not None:
            # Its workers lost what they could not remove while dockerd was away; each sweeps about every minute.
            dockerd = self._up.victims[DOCKERD]
            self._wait("the sweep of dead containers", lambda: dockerd.runs and not docker.containers("exited", "dead"))

    def judge(self) -> None:
        """Hold everything against everything else, all parts having ended."""
        self._ledger.catch_up()
        accepted = self._accepted.read()
        self.result.accepted = len(accepted)
        self.result.broken += broken(self._up.scene, self._ledger, self._feeder.told, accepted, self._environment)

    def _strike(self, strike: Strike) -> None:
        victim = self._up.victims[strike.victim]
        self._wait(f"{strike.victim} to be up", lambda: victim.runs)
        self._ledger.catch_up()
        self._struck, self._held, self._claims = time.monotonic(), dict(self._ledger.held), self._ledger.claims
        match strike.how:
            case How.KILL:
                victim.signal(signal.SIGKILL)
            case How.STOP:
                self._up.stops.stop(victim, self._up.lease_s * _BEYOND)
            case How.HANG:
                self._up.stops.stop(victim, _HANGS_S)
                self._struck += _HANGS_S
        self.result.strikes.append(strike)
        for _ in range(strike.flushes):
            self._wait("Redis to be emptied", self._flush)

    def _flush(self) -> bool:
        """Empty Redis; tell whether it was up."""
        try:
            with self._up.redis.client() as client:
                client.flushall()
        except redis.RedisError:  # it was struck just before, or now
            return False
        self.result.flushes += 1
        return True

    def _recover(self, strike: Strike) -> None:
        """Wait until all goes on: whoever was struck is up, nothing is held from before, and other steps have begun."""
        victim = self._up.victims[strike.victim]
        if self._wait(f"recovery from {strike}", lambda: victim.runs and self._goes_on() and self._answers()):
            self.result.recovery_s.append((strike.victim, time.monotonic() - self._struck))

    def _goes_on(self) -> bool:
        ledger = self._ledger
        left = any(ledger.held.get(stream) == attempt for stream, attempt in self._held.items())
        return not left and (ledger.claims > self._claims or self._is_quiet())

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._up.scene.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _is_quiet(self) -> bool:
        return self._ledger.is_quiet(self._accepted.read(), LATE)

    def _rest(self) -> None:
        """Wait until nothing is left to do, for as long as anything happens."""
        while not self._is_quiet():
            seen = self._ledger.seen
            if not self._wait("rest", lambda seen=seen: self._ledger.seen > seen or self._is_quiet()):
                return

    def _wait(self, what: str, until: Callable[[], bool]) -> bool:
        """Wait for something; tell whether it came."""
        deadline = time.monotonic() + self._patience_s
        while True:
            self._ledger.catch_up()
            if until():
                return True
            if time.monotonic() > deadline:
                self.result.broken.append(f"stuck: waited for {what} in vain for {self._patience_s} s")
                return False
            time.sleep(_LOOK_S)
