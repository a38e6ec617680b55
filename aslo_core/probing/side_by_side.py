"""Runs probes side by side, each for so long and no longer: one that hangs holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from aslo_core.config.secrets import without
from aslo_core.plain_text import one_line
from aslo_core.probing.attempts import refused
from aslo_core.probing.rows import ProbeRow
from aslo_core.types import Probed

_LONGEST_TEXT = 600


@dataclass(frozen=True)
class Probe:
    """What is to be asked about one table.

    Attributes:
        table: which.
        run: asks, and gives findings as they come.
        seconds: that all of it may take.
        what: what is tried, in the row of a probe that ends without one of its own.
        secrets: texts that stand in no row.
        leaves: says what may be left behind where it has to be given up, and how to remove it; an empty text for nothing.
    """

    table: str
    run: Callable[[], Iterable[Probed]]
    seconds: float = 30.0
    what: str = "answer"
    secrets: Collection[str] = ()
    leaves: Callable[[], str] = str


@dataclass(frozen=True)
class Probing:
    """What all probes found.

    Attributes:
        rows: in the order of the probes.
        given_up: whether a probe was still running when its time was over. It is running still, in a thread that ends with the
            process.
    """

    rows: tuple[ProbeRow, ...]
    given_up: bool


def run_side_by_side(probes: Sequence[Probe]) -> Probing:
    """Run all of them at once and wait for each until its time is over."""
    runs = [_Run(probe) for probe in probes]
    rows = [row for run in runs for row in run.rows()]
    return Probing(tuple(rows), given_up=any(run.given_up for run in runs))


class _Run:
    """A probe in a thread of its own, from the moment that it is made."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._lock = threading.Lock()
        self._rows: list[ProbeRow] = []
        self._ended = threading.Event()
        self._since = time.monotonic()
        self._deadline = self._since + probe.seconds
        self.given_up = False
        threading.Thread(target=self._work, name=f"probe {probe.table}", daemon=True).start()

    def rows(self) -> list[ProbeRow]:
        """Wait for its end, or the end of its time, and give what was found by then."""
        ended = self._ended.wait(max(self._deadline - time.monotonic(), 0))
        with self._lock:
            if not ended:
                cure = "find out what it waits for: a network that swallows what is sent, or a peer that hangs"
                cures = "; ".join(filter(None, (cure, self._probe.leaves())))
                self._add(Probed.bad(self._probe.what, f"no answer within {self._probe.seconds:g} seconds", cures))
                self.given_up = True
            return self._rows

    def _work(self) -> None:
        try:
            for probed in self._probe.run():
                self._tell(probed)
            if not self._rows:
                self._tell(Probed.unknown(self._probe.what, "its probe tells nothing"))
        except BaseException as reason:  # noqa: BLE001 - a thread has nobody else to tell it to
            self._tell(refused(self._probe.what, reason))
        finally:
            self._ended.set()

    def _tell(self, probed: Probed) -> None:
        with self._lock:
            if not self.given_up:
                self._add(probed)

    def _add(self, probed: Probed) -> None:
        now = time.monotonic()
        seconds, self._since = now - self._since, now
        self._rows.append(
            ProbeRow(
                table=self._probe.table,
                what=self._safe(probed.what),
                verdict=probed.verdict,
                found=self._safe(probed.found),
                cure=self._safe(probed.cure),
                seconds=round(seconds, 3),
            )
        )

    def _safe(self, text: str) -> str:
        """Peers and plugins write these texts: nothing of them may be a secret, or act upon a terminal."""
        return one_line(without(self._probe.secrets, text), _LONGEST_TEXT)
