"""Makes sure that one process alone serves a data directory and a log: it voids the claims of whoever was there before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog

from aslo_core.bootstrap.databases import log_where
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.config import CoreSettings
from aslo_core.errors import AsloError
from aslo_core.jobs.loop import Loop
from aslo_core.log import LogUnavailable

log = structlog.get_logger(__name__)

_CHECK_S = 5.0


@contextmanager
def alone(settings: CoreSettings, give_up: Callable[[str], None]) -> Iterator[None]:
    """Hold the locks of the data directory and of a log that other machines can reach as well.

    Args:
        settings: tell which.
        give_up: called with words once somebody else serves the log after all, since the database had ended our session.

    Raises:
        AsloError: another process holds one, or it cannot be had.
    """
    with ServeLock(settings.data_path).held(), ExitStack() as closing:
        where = log_where(settings)
        if not isinstance(where, Path):
            # It brings PostgreSQL's driver.
            from aslo_core.log.postgresql.serving import SoleServer  # noqa: PLC0415

            sole = SoleServer(where)
            closing.callback(sole.close)
            sole.keep()

            def look() -> None:
                try:
                    sole.keep()
                except LogUnavailable as reason:
                    log.warning("serve.lock_not_renewed", error=str(reason))
                except AsloError as reason:
                    give_up(str(reason))

            loop = Loop("sole", look, _CHECK_S)
            loop.start()
            closing.callback(loop.stop, _CHECK_S)
        yield
