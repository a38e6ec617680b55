"""Work as a broker may be given it: what it raises would be lost there, or bring the message back at the wrong time."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from aslo_core.events import UnreadableEvent
from aslo_core.log import LogUnavailable
from aslo_core.release.worker import Worker

log = structlog.get_logger(__name__)


def never_raising(worker: Worker, give_up: Callable[[str], None]) -> Callable[[str], None]:
    """Let a worker work on a release; what it cannot record is told in the messages, and the release is rung for again.

    Args:
        worker: the worker.
        give_up: called with words once the log holds an event that this program cannot read: another one has to go on.
    """

    def work(stream: str) -> None:
        try:
            worker.work(stream)
        except LogUnavailable as reason:
            log.warning("worker.log_unavailable", release=stream, error=str(reason))
        except UnreadableEvent as reason:
            give_up(str(reason))
        except Exception:
            log.exception("worker.crashed", release=stream)

    return work
