"""Who delivers webhooks, and how many: a steady number of releases in flight, or everything at once and many times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.crash.accepted import Accepted
from tests.crash.ledger import Ledger
from tests.crash.scene import Announcement, Scene

_AGAIN_S = 0.05
_SENDERS = 16


class Feeder:
    """Delivers in a thread of its own.

    Args:
        deliver: delivers what it announces, by `announce`, until `finishing`.
        scene: what is announced, and where to.
        accepted: the driver's own journal of 202s.

    Attributes:
        told: what was announced, in order.
        finishing: set when nothing more is to be announced.
    """

    def __init__(self, deliver: Callable[[Feeder], None], scene: Scene, accepted: Accepted) -> None:
        self.told: list[Announcement] = []
        self.scene = scene
        self.finishing = threading.Event()
        self._accepted = accepted
        self._giving_up = threading.Event()
        self._thread = threading.Thread(target=deliver, args=(self,), name="feeder")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """Announce nothing more; tell whether everything announced was answered with 202, none later than so many seconds."""
        self.finishing.set()
        answered = -1
        while self._thread.is_alive() and answered < (now := len(self._accepted.read())):
            answered = now
            self._thread.join(seconds)
        in_time = not self._thread.is_alive()
        self._giving_up.set()
        self._thread.join()
        return in_time

    def deliver(self, announcement: Announcement) -> None:
        """Deliver one until it is answered with 202."""
        while not self.scene.deliver(announcement, self._accepted) and not self._giving_up.is_set():
            time.sleep(_AGAIN_S)

    def under_way(self, ledger: Ledger) -> int:
        """Count the releases that were accepted and have not ended."""
        return sum(not ledger.ends.get(release) for _, release in self._accepted.read())


Feed = Callable[[Feeder, Ledger], None]
"""Delivers what it announces, until the feeder is `finishing`; the ledger, which is kept up elsewhere, tells what has ended."""


def steady(in_flight: int) -> Feed:
    """Have so many releases under way all the time."""

    def feed(feeder: Feeder, ledger: Ledger) -> None:
        version = 0
        while not feeder.finishing.is_set():
            if feeder.under_way(ledger) >= in_flight:
                time.sleep(_AGAIN_S)
                continue
            version += 1
            for announcement in feeder.scene.mixed(version):
                feeder.told.append(announcement)
                feeder.deliver(announcement)

    return feed


def flood(deliveries: int, times: int) -> Feed:
    """Send so many deliveries, each so many times, all mixed and many at the same moment."""

    def feed(feeder: Feeder, _ledger: Ledger) -> None:
        feeder.told += [feeder.scene.mixed(version)[0] for version in range(1, deliveries + 1)]
        sent = feeder.told * times
        feeder.scene.chance.shuffle(sent)
        with ThreadPoolExecutor(_SENDERS) as senders:
            for done in [senders.submit(feeder.deliver, announcement) for announcement in sent]:
                done.result()

    return feed
