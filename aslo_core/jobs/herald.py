"""Tells developers: brings each due notice to one notifier and records what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from aslo_core import events as e
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.errors import Conflict, Permanent, Transient
from aslo_core.failpoints import failpoint
from aslo_core.log import Entry, EventLog, LogUnavailable
from aslo_core.projections.notices import NoticeRow
from aslo_core.release.backoff import delay_us
from aslo_core.release.clock import Clock
from aslo_core.release.notices import compose, notice_stream, withheld_by
from aslo_core.release.recordable import recordable
from aslo_core.types import Notice, Notifier

log = structlog.get_logger(__name__)

MAX_TRIES = 12

Outcome = e.NoticeSent | e.NoticeFailed | e.NoticeWithheld


class AbsentNotifier:
    """Stands for a notifier that was in force when a run began and is not in the configuration any more.

    Args:
        name: its name in `aslo.toml`.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def notify(self, notice: Notice) -> str:
        """Refuse, so that the notice ends, and later ones of the same release do not wait for it.

        Raises:
            Permanent: always.
        """
        raise Permanent(
            "notice.notifier-absent",
            f"No [notifier.{self._name}] is enabled any more, so nobody was told `{notice.kind}`.",
            "Enable it before the next release, or leave it.",
        )


@dataclass(frozen=True)
class Telling:
    """How a notifier tells.

    Attributes:
        notifier: the notifier.
        only: what it is told; all else is withheld from it.
    """

    notifier: Notifier
    only: NoticeFilter = field(default_factory=NoticeFilter)


class Herald:
    """Serves one notifier, in a thread of its own, so that a slow one holds up no other. Its failing fails no release.

    Args:
        name: the notifier's name in `aslo.toml`.
        telling: gives the notifier as it is in force now.
        log: where the outcome goes.
        due: gives the notices for this notifier that are due at a time.
        public_url: address of ASLO, without a slash at the end.
        clock: the time.
    """

    def __init__(
        self,
        name: str,
        telling: Callable[[], Telling],
        log: EventLog,
        due: Callable[[str, int], Sequence[NoticeRow]],
        public_url: str,
        clock: Clock,
    ) -> None:
        self._name = name
        self._telling = telling
        self._log = log
        self._due = due
        self._public_url = public_url
        self._clock = clock
        self._given: dict[tuple[str, int], Outcome] = {}

    def turn(self) -> None:
        """Give every notice that is due now.

        Raises:
            LogUnavailable: the log cannot be read or written; what was given already is recorded by a later turn.
        """
        due = self._due(self._name, self._clock())
        # The views may still show what was given, or it could not be recorded yet: either way nobody is asked again.
        tried = {(notice.about, notice.tries) for notice in due}
        self._given = {key: outcome for key, outcome in self._given.items() if key in tried}
        for notice in due:
            try:
                self._give(notice)
            except LogUnavailable:
                raise
            except Exception:
                log.exception("notice.not_recorded", release=notice.release, about=notice.about, notifier=self._name)

    def _give(self, due: NoticeRow) -> None:
        key = (due.about, due.tries)
        outcome = self._given[key] = self._given.get(key) or self._notify(due)
        entry = Entry(notice_stream(due.release), outcome)
        cause = e.Cause(source=f"herald/{self._name}", actor="aslo", causation=due.about)
        try:
            self._log.append([entry], cause=cause, key=f"{due.about}/{due.tries}")
        except Conflict as reason:
            # It was given and recorded before, in a process that went down before its views knew.
            log.info("notice.recorded_before", release=due.release, about=due.about, reason=str(reason))

    def _notify(self, due: NoticeRow) -> Outcome:
        telling = self._telling()
        try:
            notice = compose(self._log.read(due.release), due.about, due.kind, self._public_url)
            if notice is None:
                return self._failed(due, "the event that it tells about is not in the log", None)
            if key := withheld_by(telling.only, notice):
                return e.NoticeWithheld(about=due.about, notifier=self._name, kind=due.kind, key=key)
            failpoint("herald.notify.before")
            url = telling.notifier.notify(notice)
            failpoint("herald.notify.after")
        except LogUnavailable:
            raise
        except Permanent as reason:
            return self._failed(due, f"{reason.found} {reason.cure}", None)
        except Transient as reason:
            return self._failed(due, str(reason), self._retry_at(due, reason.retry_after))
        except Exception as reason:
            log.exception("notice.crashed", release=due.release, about=due.about, notifier=self._name)
            return self._failed(due, f"{type(reason).__name__}: {reason}", self._retry_at(due, None))
        return e.NoticeSent(about=due.about, notifier=self._name, kind=due.kind, url=recordable(url))

    def _failed(self, due: NoticeRow, error: str, retry_at_us: int | None) -> e.NoticeFailed:
        log.warning("notice.failed", release=due.release, about=due.about, notifier=self._name, error=error)
        return e.NoticeFailed(
            about=due.about,
            notifier=self._name,
            kind=due.kind,
            tries=due.tries + 1,
            error=recordable(error),
            retry_at_us=retry_at_us,
        )

    def _retry_at(self, due: NoticeRow, retry_after: float | None) -> int | None:
        if due.tries + 1 >= MAX_TRIES:
            return None
        jitter = random.random()  # noqa: S311 - it spreads load, it guards nothing
        return self._clock() + delay_us(due.tries, jitter, retry_after)
