"""Gives up the claims of workers that are gone, so that their releases go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import structlog

from aslo_core import events as e
from aslo_core.log import LogUnavailable
from aslo_core.release import commands as c
from aslo_core.release.decide import StaleAttempt
from aslo_core.release.desk import ReleaseDesk

log = structlog.get_logger(__name__)


class DeadClaims:
    """Finds claims that no living worker of this process holds; for a process that is the only one to work.

    A claim is given up when two turns in a row find it in the log and not at work, since a worker may have ended it between
    the two looks.

    Args:
        desk: carries out commands.
        claimed: gives stream and attempt of every claim in the log.
        active: names the releases that are being worked on.
    """

    def __init__(
        self,
        desk: ReleaseDesk,
        claimed: Callable[[], Iterable[tuple[str, int]]],
        active: Callable[[], Collection[str]],
    ) -> None:
        self._desk = desk
        self._claimed = claimed
        self._active = active
        self._suspects: set[tuple[str, int]] = set()

    def turn(self) -> None:
        """Give up what was a suspect before and still is."""
        active = self._active()
        suspects = {(stream, attempt) for stream, attempt in self._claimed() if stream not in active}
        for stream, attempt in sorted(suspects & self._suspects):
            self.give_up(stream, attempt, "its worker stopped without a word")
        self._suspects = suspects

    def give_up_all(self, reason: str) -> int:
        """Give up every claim there is, as a process does that knows to be the only one; return how many there were."""
        claims = list(self._claimed())
        for stream, attempt in claims:
            self.give_up(stream, attempt, reason)
        return len(claims)

    def give_up(self, stream: str, attempt: int, reason: str) -> None:
        """Give up one claim; success when it has ended otherwise meanwhile. One that cannot be is left to the next turn.

        Raises:
            LogUnavailable: the log cannot be written, so that no other could be given up either.
        """
        try:
            self._desk.handle(
                stream, c.Abandon(attempt=attempt, reason=reason), cause=e.Cause(source="conductor", actor="aslo")
            )
        except StaleAttempt:
            return
        except LogUnavailable:
            raise
        except Exception:
            log.exception("claim.not_given_up", release=stream, attempt=attempt)
            return
        log.warning("claim.given_up", release=stream, attempt=attempt, reason=reason)
