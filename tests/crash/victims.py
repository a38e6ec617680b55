"""Whom a strike can hit: parts of ASLO and the servers that they share. Each is started again as a service manager would."""

from __future__ import annotations

import signal
import threading
import time
from typing import Protocol

from aslo_core.testing.processes import Restartable, ServerFailed

_AGAIN_S = 0.2


class Victim(Protocol):
    """Who can be struck."""

    @property
    def runs(self) -> bool:
        """Whether there is a process to strike."""
        ...

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; where that ends it, it is started again."""
        ...


class Server:
    """Redis, PostgreSQL or dockerd.

    Args:
        process: the server, running.
        away_s: seconds after which it is started again.
        patience_s: how long it may take to come up again.
    """

    def __init__(self, process: Restartable, away_s: float, patience_s: float) -> None:
        self._process = process
        self._away_s = away_s
        self._patience_s = patience_s
        self._again = threading.Thread()
        self._hangs = False

    @property
    def runs(self) -> bool:
        """Whether it is up, and answers."""
        return not self._again.is_alive() and not self._hangs

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; SIGKILL has it started again by another thread, which `end` waits for."""
        match number:
            case signal.SIGSTOP:
                self._hangs = True
                self._process.hang()
            case signal.SIGCONT:
                self._process.go_on()
                self._hangs = False
            case _:
                self._process.kill()
                self._again = threading.Thread(target=self._start, name="service manager")
                self._again.start()

    def end(self) -> None:
        """Wait until it is up again, so that whoever has started it can end it."""
        if self._again.ident is not None:
            self._again.join()

    def _start(self) -> None:
        until = time.monotonic() + self._patience_s
        time.sleep(self._away_s)
        while True:
            try:
                self._process.start()
            except ServerFailed:  # PostgreSQL does not come up before the last of its sessions has noticed the end
                if time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return


class Stops:
    """Stops victims for some seconds each."""

    def __init__(self) -> None:
        self._timers: list[threading.Timer] = []

    def stop(self, victim: Victim, seconds: float) -> None:
        """Have it not run for so long, and not know it."""
        victim.signal(signal.SIGSTOP)
        timer = threading.Timer(seconds, victim.signal, (signal.SIGCONT,))
        self._timers.append(timer)
        timer.start()

    @property
    def under_way(self) -> bool:
        """Whether anybody is stopped."""
        return any(timer.is_alive() for timer in self._timers)

    def end(self) -> None:
        """Have everybody run."""
        for timer in self._timers:
            timer.cancel()
            timer.function(*timer.args)
