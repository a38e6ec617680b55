"""Work as a broker may be given it: what it raises would be lost there, or bring the message back at the wrong time."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from aslo_core.log import LogUnavailable
from aslo_core.release.worker import Worker

log = structlog.get_logger(__name__)


def never_raising(worker: Worker) -> Callable[[str], None]:
    """Let a worker work on a release; what it cannot record is told in the messages, and the release is rung for again."""

    def work(stream: str) -> None:
        try:
            worker.work(stream)
        except LogUnavailable as reason:
            log.warning("worker.log_unavailable", release=stream, error=str(reason))
        except Exception:
            log.exception("worker.crashed", release=stream)

    return work
