"""What can be asked of a release. A command carries everything that its decision needs, so that deciding is pure."""

from __future__ import annotations

from typing import Literal

from aslo_core import events as e
from aslo_core.types import Announcement, Value


class Announce(Value):
    """Open a run.

    Attributes:
        trigger: `published`, `edited`, `submitted`, `reconciled`, `retry` or `rebuild`.
        builder, notifiers, storages: names of the instances in force.
    """

    trigger: str
    announcement: Announcement
    builder: str
    notifiers: tuple[str, ...]
    storages: tuple[str, ...]


class Cancel(Value):
    """End the run that is on its way."""

    by: str
    reason: str


class Withdraw(Value):
    """Take the release back; `hold` says who can lift that: `host` or `operator`."""

    by: str
    reason: str
    hold: str


class Lift(Value):
    """Let a withdrawn release, and what was withdrawn with it, be published again."""

    by: str
    reason: str


class Claim(Value):
    """Take the next step; it must be due at `now_us`."""

    worker: str
    now_us: int


class Abandon(Value):
    """Give an attempt up whose worker is gone."""

    attempt: int
    reason: str


class Fail(Value):
    """Record that an attempt came to nothing.

    Attributes:
        kind: `transient` (the fault of a peer or of the configuration) or `internal` (ours: operators are alarmed).
        now_us: time of the failure.
        jitter: a random number from 0 to 1, so that many do not come back at once.
        retry_after: seconds that the peer asked to wait, or None.
    """

    attempt: int
    kind: Literal["transient", "internal"]
    error: str
    now_us: int
    jitter: float
    retry_after: float | None = None


class Reject(Value):
    """Record that a rule is broken."""

    attempt: int
    rule: str
    found: str
    cure: str


class SetAside(Value):
    """Record that the attached bundle breaks a rule, and go on with a build from the source."""

    attempt: int
    rule: str
    found: str
    cure: str


Outcome = e.SourceFetched | e.BundleBuilt | e.BundleTaken | e.BundleInspected | e.BundleStored
"""What a step found or made."""


class Complete(Value):
    """Record what a step found or made: the event itself, which carries its attempt."""

    outcome: Outcome


class Reserve(Value):
    """Hold the inspected version for this run."""

    attempt: int


class Publish(Value):
    """Publish what is stored."""

    attempt: int


Command = Announce | Cancel | Withdraw | Lift | Claim | Abandon | Fail | Reject | SetAside | Complete | Reserve | Publish
