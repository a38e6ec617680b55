"""Pages, downloads, webhooks and metrics on one socket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from aslo_core.bootstrap.equipment import Equipment
from aslo_core.bootstrap.intake import make_intake
from aslo_core.bootstrap.shared import Shared
from aslo_core.jobs.gauge import Gauge
from aslo_core.live.server import LiveServer
from aslo_core.projections.addresses import LIVE
from aslo_core.projections.views import Views
from aslo_core.web import WebServices, create_app
from aslo_core.web.intake import HOOK, READ_AT_MOST, IntakeServices, intake_blueprint
from aslo_core.web.metrics import Metrics, ProjectionMetrics, StorageMetrics, metrics_blueprint
from aslo_core.web.queue_metrics import QueueMetrics
from aslo_core.web.server import Bodies, Elsewhere, make_server
from aslo_core.web.source_metrics import SourceMetrics


def make_web_server(
    in_force: Callable[[], Equipment],
    shared: Shared,
    views: Views,
    gauge: Gauge,
    metrics: Metrics,
    listening: socket.socket,
    public_url: str,
    live: LiveServer | None,
) -> Any:
    """Make the web server; its `run` serves until the process is told to end.

    Args:
        in_force: gives the equipment in force.
        shared: the log, and the output of builds.
        views: the read models.
        gauge: tells whether releases are begun.
        metrics: counters, to which those of the read models are added.
        listening: the socket.
        public_url: address that ASLO is reached at, without a slash at the end.
        live: serves streams, where this process does; what is asked of it comes in here.
    """
    events = shared.events
    metrics.registry.register(ProjectionMetrics(views, events.head))
    metrics.registry.register(StorageMetrics(views, lambda: in_force().storages))
    metrics.registry.register(SourceMetrics(views, lambda: in_force().listing))
    metrics.registry.register(QueueMetrics(views, lambda: gauge.pause, shared.clock.estimate))

    def intake() -> IntakeServices:
        now = in_force()
        return IntakeServices(
            intake=make_intake(now.configured, events), sources=now.receivers, public_url=public_url, metrics=metrics
        )

    app = create_app(
        WebServices(
            views=views,
            build_logs=shared.build_logs,
            storages=lambda: in_force().storages,
            listing=lambda: in_force().listing,
            public_url=public_url,
            log_head=events.head,
            pause=lambda: gauge.pause,
            clock=shared.clock.estimate,
            intake=intake_blueprint(intake),
        )
    )
    app.register_blueprint(metrics_blueprint(metrics))
    threads = in_force().configured.settings.server.threads
    elsewhere = Elsewhere(LIVE, live.take) if live is not None else None
    return make_server(app, listening, threads=threads, bodies=Bodies(HOOK, READ_AT_MOST), elsewhere=elsewhere)
