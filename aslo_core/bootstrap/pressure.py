"""Makes what tells whether builds pause."""

from __future__ import annotations

from collections.abc import Callable

from aslo_core.bootstrap.databases import log_where
from aslo_core.bootstrap.questions import Questions
from aslo_core.bootstrap.shared import Shared
from aslo_core.config import CoreSettings
from aslo_core.jobs.gauge import Gauge
from aslo_core.jobs.silence import silence
from aslo_core.log.trial import trouble
from aslo_core.receipts import Backends


def make_gauge(settings: CoreSettings, shared: Shared, questions: Questions, storages: Callable[[], Backends]) -> Gauge:
    """Make the gauge of one process, which has looked once.

    Args:
        settings: tell where the log is, and how much room is kept for it.
        shared: the log, and who works on it.
        questions: asks the read models.
        storages: gives the enabled storages.
    """
    where = log_where(settings)
    gauge = Gauge(
        settings.data_path,
        settings.data.keep_free_mib << 20,
        lambda: trouble(shared.events, where),
        lambda: silence(settings.broker.url.get_secret_value()),
        questions.snapshot,
        storages,
        shared.leases.held,
    )
    gauge.look()
    return gauge
