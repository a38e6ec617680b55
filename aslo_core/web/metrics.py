"""`/metrics`: counters for Prometheus. What fails authentication is counted here and nowhere else."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest


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

    def delivery(self, source: str, decision: str) -> None:
        """Count a delivery to a source that is enabled here."""
        self._deliveries.labels(source, decision).inc()


def metrics_blueprint(metrics: Metrics) -> Blueprint:
    """Make the route."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
