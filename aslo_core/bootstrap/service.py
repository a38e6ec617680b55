"""The life of one process of ASLO: it is made, works until it is told to end, and ends within its grace."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack

import structlog

from aslo_core.bootstrap.assembly import Assembly
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.hangup import Hangups
from aslo_core.bootstrap.interpreter import switch_often
from aslo_core.bootstrap.roles import Duty
from aslo_core.errors import AsloError

log = structlog.get_logger(__name__)

GRACE_S = 5.0
"""How long a stop waits for work that is under way: less than a supervisor's patience (10 seconds under Docker). The next start
takes up what was not finished."""
_LONG_S = 3600.0


class Service:
    """One process. What it opens and starts stays; its equipment is replaced by a reload.

    Args:
        configured: what `aslo.toml` says.
        hangups: ask it to read that again.
        duty: what it does.

    Raises:
        AsloError: as `Assembly`.
        ConfigError: a plugin cannot be made from its table.
    """

    def __init__(self, configured: Configured, hangups: Hangups, duty: Duty) -> None:
        self._hangups = hangups
        self._duty = duty
        self._broken = ""
        self._closing = ExitStack()
        try:
            self._made = Assembly(configured, hangups, duty, self._give_up, self._closing)
        except BaseException:
            self._closing.close()
            raise

    @property
    def public_url(self) -> str:
        """Address that it is reached at, without a slash at the end."""
        return self._made.public_url

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what was not finished then goes on at the next start, or elsewhere.

        Raises:
            AsloError: it cannot go on, and said why in its messages.
        """
        made = self._made
        switch_often()
        signal.signal(signal.SIGTERM, _raise_system_exit)
        try:
            for part in made.parts:
                part.start()
            if made.workers is not None:
                made.workers.start()
            log.info("serve.started", part=self._duty.name, url=made.public_url, data=str(made.data), name=made.name)
            if made.server is not None:
                made.server.run()
            else:
                while True:
                    time.sleep(_LONG_S)
        except (SystemExit, KeyboardInterrupt):
            log.debug("serve.interrupted")
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._hangups.ignore()
            log.info("serve.stopping", part=self._duty.name)
            self._end()
            self._closing.close()
        if self._broken:
            raise AsloError(self._broken)

    def _end(self) -> None:
        """End every thread, all of them within the grace; none is waited for beyond it."""
        deadline = time.monotonic() + GRACE_S
        parts, workers = self._made.parts, self._made.workers
        if workers is not None:
            workers.finish()
        for part in parts:
            part.stop(timeout=0)
        if workers is not None:
            workers.stop(GRACE_S)
        for part in parts:
            part.stop(max(deadline - time.monotonic(), 0.1))

    def _give_up(self, why: str) -> None:
        self._broken = self._broken or why
        os.kill(os.getpid(), signal.SIGTERM)  # raised in this thread, it would not wake the main one


def _raise_system_exit(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # it is on its way, and a second one would break off the end of it
    raise SystemExit(0)
