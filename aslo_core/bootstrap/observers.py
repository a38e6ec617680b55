"""Tells plugins that observe of every event from now on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from aslo_core.log import EventLog, LogUnavailable
from aslo_core.plugins import Plugins

log = structlog.get_logger(__name__)

_PAUSE_S = 1.0


def are_there(plugins: Plugins) -> bool:
    """Whether any of the plugins observes."""
    return bool(plugins.manager.hook.aslo_observe.get_hookimpls())


class Observing:
    """Tells them, from what happens after the first time on.

    Args:
        events: the log.
        plugins: gives those in force, anew for each event.
    """

    def __init__(self, events: EventLog, plugins: Callable[[], Plugins]) -> None:
        self._events = events
        self._plugins = plugins
        self._seen: int | None = None

    def observe(self, stop: threading.Event) -> None:
        """Follow the log until told to stop; whatever prevents that, miss nothing when it is called again.

        Args:
            stop: ends it.

        Raises:
            LookupError: an event is of a type that this program does not know.
        """
        while not stop.is_set():
            try:
                self._seen = self._events.head() if self._seen is None else self._seen
                for recorded in self._events.tail(self._seen, stop):
                    self._plugins().observe(recorded)
                    self._seen = recorded.position
            except LogUnavailable as reason:
                log.warning("observers.paused", error=str(reason))
                stop.wait(_PAUSE_S)
