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


def observe(events: EventLog, plugins: Callable[[], Plugins], stop: threading.Event) -> None:
    """Follow the log until told to stop; while it cannot be read, try again, and miss nothing.

    Args:
        events: the log.
        plugins: gives those in force, anew for each event.
        stop: ends it.
    """
    seen: int | None = None
    while not stop.is_set():
        try:
            seen = events.head() if seen is None else seen
            for recorded in events.tail(seen, stop):
                plugins().observe(recorded)
                seen = recorded.position
        except LogUnavailable as reason:
            log.warning("observers.paused", error=str(reason))
            stop.wait(_PAUSE_S)
