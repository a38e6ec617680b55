"""What waits, what is at work, and whether anything is begun: for `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from aslo_core.errors import Transient
from aslo_core.projections import Views, queue
from aslo_core.projections.turns import Urgency
from aslo_core.release.clock import Clock
from aslo_core.release.pressure import Kind, Pause

_REASONS: Mapping[Kind, str] = MappingProxyType(
    {
        "disk": "the disk is nearly full",
        "workers": "the disk of every worker is nearly full",
        "log": "the log cannot be written",
        "broker": "the broker does not answer",
        "storage": "a required storage fails",
        "emptied": "a required storage is emptied",
    }
)
"""Without numbers and names, since each value of a label is a series of its own; `/readyz` tells those."""


class QueueMetrics(Collector):
    """The queue, read from the database at each scrape; nothing of it while that cannot be read.

    Args:
        views: the read models.
        pause: tells whether releases are begun.
        clock: the time.
    """

    def __init__(self, views: Views, pause: Callable[[], Pause], clock: Clock) -> None:
        self._views = views
        self._pause = pause
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Give a sample for each urgency and for each reason to pause."""
        paused = GaugeMetricFamily("aslo_builds_paused", "1 while no release is begun, by reason.", labels=["reason"])
        kinds = {reason.kind for reason in self._pause().reasons}
        for kind, words in _REASONS.items():
            paused.add_metric([words], kind in kinds)
        yield paused
        due = GaugeMetricFamily("aslo_queue_releases", "Releases that wait for their turn.", labels=["urgency"])
        owners = GaugeMetricFamily("aslo_queue_owners", "Accounts whose releases these are.")
        working = GaugeMetricFamily("aslo_releases_at_work", "Releases of which a worker holds a step.")
        try:
            with self._views.snapshot() as connection:
                lines, at_work = queue.waiting(connection, self._clock()), queue.at_work(connection)
        except Transient:
            return
        for urgency in (Urgency.OPERATOR, Urgency.NORMAL, Urgency.REBUILD):
            due.add_metric([urgency.name.lower()], sum(line.waiting for line in lines if line.urgency == urgency))
        owners.add_metric([], len({line.owner for line in lines}))
        working.add_metric([], at_work.total())
        yield from (due, owners, working)
