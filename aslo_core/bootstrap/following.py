"""The read models of a running process, which follow the log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

import structlog

from aslo_core.bootstrap.databases import discard_damaged_views, views_path
from aslo_core.bootstrap.questions import Questions
from aslo_core.config import CoreSettings
from aslo_core.events import ENDINGS, UnreadableEvent
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS
from aslo_core.projections.engine import Projector
from aslo_core.projections.views import Views

log = structlog.get_logger(__name__)

_URGENT = frozenset(event.event_name for event in ENDINGS)
"""What a worker that is free waits for where others of the same owner are queued. Not what announces releases: that comes as
fast as others send it, and is shown at once where nothing came before it."""
VIEWS_BROKEN = "the read models could not be kept up to date or read; the messages say why, and the next start mends them"


class Following:
    """Keeps the read models of this process up to date with the log.

    Args:
        settings: tell where they are.
        events: the log.
        give_up: called with words once read models are broken.
        closing: closes them at the end.

    Attributes:
        views: the read models, for pages.
        questions: the same, for threads: these give up where they cannot be read.
    """

    def __init__(self, settings: CoreSettings, events: EventLog, give_up: Callable[[str], None], closing: ExitStack) -> None:
        discard_damaged_views(settings)
        self._projector = Projector(views_path(settings), events, PROJECTIONS)
        closing.callback(self._projector.close)
        self.catch_up()
        self.views = Views(views_path(settings))
        closing.callback(self.views.close)
        self.questions = Questions(self.views, lambda: give_up(VIEWS_BROKEN))
        self._give_up = give_up
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def catch_up(self) -> None:
        """Bring the read models up to date at once, before the thread is started."""
        self._projector.make_ready()

    def start(self, poke: Callable[[], None]) -> None:
        """Start the thread; `poke` is called whenever the read models show something new."""
        self._thread = threading.Thread(target=self._follow, args=(poke,), name="projector", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread; wait for that for at most `timeout` seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _follow(self, poke: Callable[[], None]) -> None:
        try:
            self._projector.run(self._stop, poke, _URGENT)
        except UnreadableEvent as reason:
            self._give_up(str(reason))
        except Exception:
            log.exception("projector.broken")
            self._give_up(VIEWS_BROKEN)
