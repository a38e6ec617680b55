"""`/metrics` for Prometheus. What fails authentication is counted here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from aslo_core.errors import Transient
from aslo_core.projections import Views
from aslo_core.projections.standing import each_position, parked_events
from aslo_core.receipts import Backends
from aslo_core.storing.overview import overview


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "aslo_deliveries",
            "Deliveries by source and by what became of them: accepted, ignored, refused, duplicate, unauthenticated, …",
            ["source", "decision"],
            registry=self.registry,
        )
        self._reloads = Counter(
            "aslo_config_reloads",
            "How often the running process read its configuration again, by what became of it: taken-up or refused.",
            ["outcome"],
            registry=self.registry,
        )
        self._refused = Gauge(
            "aslo_config_refused",
            "1 while the configuration that was read last is not the one in force.",
            registry=self.registry,
        )

    def reloaded(self, *, refused: bool) -> None:
        """Count that the configuration was read again."""
        self._reloads.labels("refused" if refused else "taken-up").inc()
        self._refused.set(refused)

    def delivery(self, source: str, decision: str) -> None:
        """Count a delivery to a source that is enabled here."""
        self._deliveries.labels(source, decision).inc()


class ProjectionMetrics(Collector):
    """How far each read model is, read from the database at each scrape; nothing while that cannot be read.

    Args:
        views: the read models.
        head: gives the position of the log's newest event, -1 for none.
    """

    def __init__(self, views: Views, head: Callable[[], int]) -> None:
        self._views = views
        self._head = head

    def collect(self) -> Iterator[Metric]:
        """Give a sample of each metric for each read model."""
        position = GaugeMetricFamily("aslo_projection_position", "Position of the last event applied.", labels=["projection"])
        lag = GaugeMetricFamily("aslo_projection_lag_events", "Events of the log not applied yet.", labels=["projection"])
        parked = GaugeMetricFamily(
            "aslo_projection_parked_events", "Events that could not be applied and were left out.", labels=["projection"]
        )
        try:
            with self._views.snapshot() as connection:
                reached, left_out = each_position(connection), parked_events(connection)
            head = self._head()
        except Transient:
            return
        for name, at in reached.items():
            position.add_metric([name], at)
            lag.add_metric([name], max(head - at, 0))
            parked.add_metric([name], left_out.get(name, 0))
        yield from (position, lag, parked)


class StorageMetrics(Collector):
    """What each storage has and lacks, read from the database at each scrape; nothing while that cannot be read.

    Args:
        views: the read models.
        backends: gives the enabled storages.
    """

    def __init__(self, views: Views, backends: Callable[[], Backends]) -> None:
        self._views = views
        self._backends = backends

    def collect(self) -> Iterator[Metric]:
        """Give a sample of each metric for each storage in service."""
        stored = GaugeMetricFamily(
            "aslo_storage_receipts", "Objects of published versions that the storage has a receipt of.", labels=["storage"]
        )
        missing = GaugeMetricFamily(
            "aslo_storage_receipts_missing", "Objects of published versions that it has none of.", labels=["storage"]
        )
        parked = GaugeMetricFamily(
            "aslo_storage_parked_objects", "Objects that it refused, to be tried again by hand.", labels=["storage"]
        )
        failures = GaugeMetricFamily(
            "aslo_storage_failures", "How often copying to it failed, one after another.", labels=["storage"]
        )
        try:
            with self._views.snapshot() as connection:
                rows = overview(connection, self._backends().tables)
        except Transient:
            return
        for row in rows:
            if not row.retired:
                stored.add_metric([row.storage], row.stored)
                missing.add_metric([row.storage], row.missing)
                parked.add_metric([row.storage], row.parked)
                failures.add_metric([row.storage], row.failures)
        yield from (stored, missing, parked, failures)


class LeftBehindMetrics(Collector):
    """Steps that nobody waits for any more and that go on all the same.

    Args:
        left_behind: counts them by their names.
    """

    def __init__(self, left_behind: Callable[[], Mapping[str, int]]) -> None:
        self._left_behind = left_behind

    def collect(self) -> Iterator[Metric]:
        """Give a sample for each step that some hang at."""
        left = GaugeMetricFamily(
            "aslo_steps_left_behind", "Steps that were given up and have not ended, each with a thread.", labels=["step"]
        )
        for step, number in self._left_behind().items():
            left.add_metric([step], number)
        yield left


def metrics_blueprint(metrics: Metrics) -> Blueprint:
    """Make the route."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
