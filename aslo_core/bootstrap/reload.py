"""Reading the configuration again while everything runs: all of it is taken up, or nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from aslo_core.bootstrap.check import doubts, examine
from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.equipment import Equipment, equip
from aslo_core.bootstrap.hangup import Hangups
from aslo_core.bootstrap.in_force import in_force, take_effect
from aslo_core.bootstrap.lifelong import code_changes, code_of_plugins, lifelong_changes
from aslo_core.bootstrap.roles import within
from aslo_core.errors import AsloError, ConfigError
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.web.metrics import Metrics

log = structlog.get_logger(__name__)

_TICK_S = 1.0


class Reload:
    """A thread that reads the configuration again: at SIGHUP, and when `aslo storage add` has written to it.

    Args:
        hangups: the signals.
        added: gives the position of the newest event that tells of a new storage.
        in_force: gives the equipment in force.
        take_up: puts another one in force; cannot fail.
        events: the log.
        folder: of this process, below the data directory.
        public_url: address that ASLO is reached at, without a slash at the end.
        metrics: counts what came of it.
        records: whether the log is told what is in force; one process at a time decides that for all.
    """

    def __init__(
        self,
        hangups: Hangups,
        added: Callable[[], int],
        in_force: Callable[[], Equipment],
        take_up: Callable[[Equipment], None],
        events: EventLog,
        folder: str,
        public_url: str,
        metrics: Metrics,
        *,
        records: bool,
    ) -> None:
        self._hangups = hangups
        self._added = added
        self._in_force = in_force
        self._take_up = take_up
        self._events = events
        self._folder = folder
        self._public_url = public_url
        self._metrics = metrics
        self._records = records
        self._seen = added()
        self._is_due = False
        self._imported = dict(code_of_plugins(in_force().configured))
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Take up nothing from now on; wait for at most `timeout` seconds for what is being read."""
        self._stopping = True
        self._hangups.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._is_due |= self._hangups.wait(_TICK_S) or self._is_added()
                if self._is_due and not self._stopping:
                    self._reload()
            except Exception:
                log.exception("reload.turn_failed")

    def _is_added(self) -> bool:
        before, self._seen = self._seen, self._added()
        return self._seen > before

    def _reload(self) -> None:
        self._is_due = False
        before = self._in_force()
        try:
            new = self._made(before)
            if self._stopping:
                return
            # The log first: should it fail, nothing has changed yet.
            if self._records:
                take_effect(self._events, new.configured, new.storages.tables)
            self._take_up(new.following(before))
        except LogUnavailable as reason:
            self._is_due = True  # as soon as it can be written
            self._refuse(reason)
            return
        except AsloError as reason:
            self._refuse(reason)
            return
        except (Exception, SystemExit) as reason:
            log.exception("config.reload_crashed")
            self._refuse(AsloError(f"{type(reason).__name__}: {reason}"))
            return
        self._metrics.reloaded(refused=False)
        log.info("config.reloaded", digest=in_force(new.configured).digest)

    def _made(self, before: Equipment) -> Equipment:
        """Read and make everything anew.

        Raises:
            AsloError: with all that is wrong.
        """
        configured = within(configure(before.configured.settings.path), self._folder)
        code = code_of_plugins(configured)
        changes = lifelong_changes(before.configured.settings, configured)
        if problems := (*changes, *code_changes(self._imported, code, configured)):
            raise ConfigError(problems)
        self._imported |= code
        new = equip(configured, self._public_url)
        examined = examine(configured, new)
        if examined.problems:
            raise ConfigError(examined.problems)
        for doubt in (*configured.settings.warnings, *examined.idle, *doubts(configured)):
            log.warning("config.doubt", about=str(doubt))
        return new

    def _refuse(self, reason: AsloError) -> None:
        problems = [str(problem) for problem in reason.problems] if isinstance(reason, ConfigError) else [str(reason)]
        for problem in problems:
            log.error("config.problem", problem=problem)
        log.error("config.refused", problems=len(problems), consequence="all that was in force stays in force")
        self._metrics.reloaded(refused=True)
