"""Keeps so many releases in flight: announces, delivers until the 202 is there, and some of them twice."""

from __future__ import annotations

import threading
import time

from tests.crash.ledger import Ledger
from tests.crash.scene import Accepted, Announcement, Scene

_AGAIN_S = 0.05


class Feeder:
    """A thread that delivers one webhook after another.

    Args:
        scene: what is announced, and where to.
        accepted: the driver's own journal of 202s.
        ledger: tells what has ended; somebody else keeps it up.
        in_flight: how many releases are to be under way.

    Attributes:
        told: what was announced, in order.
    """

    def __init__(self, scene: Scene, accepted: Accepted, ledger: Ledger, in_flight: int) -> None:
        self.told: list[Announcement] = []
        self._scene = scene
        self._accepted = accepted
        self._ledger = ledger
        self._in_flight = in_flight
        self._finishing = threading.Event()
        self._giving_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feeder")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """Announce nothing more; tell whether everything announced was answered with 202 within so many seconds."""
        self._finishing.set()
        self._thread.join(seconds)
        in_time = not self._thread.is_alive()
        self._giving_up.set()
        self._thread.join()
        return in_time

    def _run(self) -> None:
        version = 0
        while not self._finishing.is_set():
            releases = [release for _, release in self._accepted.read()]
            if sum(not self._ledger.ends.get(release) for release in releases) >= self._in_flight:
                time.sleep(_AGAIN_S)
                continue
            version += 1
            for announcement in self._scene.mixed(version):
                self.told.append(announcement)
                while not self._scene.deliver(announcement, self._accepted) and not self._giving_up.is_set():
                    time.sleep(_AGAIN_S)
