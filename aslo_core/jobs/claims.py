"""Gives up the claims of workers that are gone, so that their releases go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import structlog

from aslo_core import events as e
from aslo_core.log import LogUnavailable
from aslo_core.release import commands as c
from aslo_core.release.decide import StaleAttempt
from aslo_core.release.desk import ReleaseDesk

log = structlog.get_logger(__name__)


class HeldClaim(NamedTuple):
    """A claim in the log.

    Attributes:
        stream: the release's stream.
        attempt: the attempt's number.
        worker: who claimed it.
    """

    stream: str
    attempt: int
    worker: str


class DeadClaims:
    """Finds claims that no living worker holds.

    A worker takes its lease before it claims anything, so that a claim of one without a lease is dead. A living one looks after
    its own claims; that of this very process does so whatever became of its lease, which may have expired while the process did
    not run.

    Args:
        desk: carries out commands.
        claimed: gives every claim in the log.
        living: names the workers that hold their leases.
        own: the worker of this process; the name of none where there is none.
    """

    def __init__(
        self,
        desk: ReleaseDesk,
        claimed: Callable[[], Iterable[HeldClaim]],
        living: Callable[[], Collection[str]],
        own: str,
    ) -> None:
        self._desk = desk
        self._claimed = claimed
        self._living = living
        self._own = own

    def turn(self) -> None:
        """Give up what a worker without a lease holds.

        Raises:
            LogUnavailable: the log cannot be written, or the leases cannot be read.
        """
        claims = list(self._claimed())
        living = self._living()  # after the claims: who claims has a lease
        for claim in claims:
            if claim.worker != self._own and claim.worker not in living:
                self._give_up(claim, "its worker is not heard of any more")

    def give_up_all(self) -> int:
        """Give up every claim there is, as a process does that knows to be the only one; return how many there were."""
        claims = list(self._claimed())
        for claim in claims:
            self._give_up(claim, "the process that held it is gone")
        return len(claims)

    def _give_up(self, claim: HeldClaim, reason: str) -> None:
        """Give up one claim; success when it has ended otherwise meanwhile. One that cannot be is left to the next turn.

        Raises:
            LogUnavailable: the log cannot be written, so that no other could be given up either.
        """
        try:
            self._desk.handle(
                claim.stream, c.Abandon(attempt=claim.attempt, reason=reason), cause=e.Cause(source="conductor", actor="aslo")
            )
        except StaleAttempt:
            return
        except LogUnavailable:
            raise
        except Exception:
            log.exception("claim.not_given_up", release=claim.stream, attempt=claim.attempt)
            return
        log.warning("claim.given_up", release=claim.stream, attempt=claim.attempt, worker=claim.worker, reason=reason)
