"""What monitoring sees of reconciliation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from aslo_core.errors import Transient
from aslo_core.projections import Views, reconciliations


class SourceMetrics(Collector):
    """When each source was asked last for what no delivery told, read at each scrape; nothing while that cannot be read.

    Args:
        views: the read models.
        listing: names the enabled sources that can be asked.
    """

    def __init__(self, views: Views, listing: Callable[[], Collection[str]]) -> None:
        self._views = views
        self._listing = listing

    def collect(self) -> Iterator[Metric]:
        """Give a sample of each metric for each source."""
        asked = GaugeMetricFamily(
            "aslo_source_reconciled_timestamp_seconds",
            "When the source was asked last, with success, for what no delivery told; 0 for never.",
            labels=["source"],
        )
        failures = GaugeMetricFamily(
            "aslo_source_reconciliation_failures", "How often asking it failed since.", labels=["source"]
        )
        try:
            with self._views.snapshot() as connection:
                rows = reconciliations.of_sources(connection, self._listing())
        except Transient:
            return
        for row in rows:
            asked.add_metric([row.source], (row.asked_us or 0) / 1e6)
            failures.add_metric([row.source], row.failures)
        yield from (asked, failures)
