"""What all processes of an installation share: the log, what lies beside it, and the time."""

from __future__ import annotations

from contextlib import ExitStack

from aslo_core.bootstrap.databases import hint_url, log_where, make_log
from aslo_core.config import CoreSettings
from aslo_core.jobs.holding import unique_name
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.log.leases import Leases
from aslo_core.release.clock import LogClock


class Shared:
    """Opens the log and what lies beside it.

    Args:
        settings: tell where that is.
        closing: closes it at the end.

    Attributes:
        events: the log.
        build_logs: the output of builds.
        leases: who lives and who leads.
        clock: the time that work is due by.
        name: what this process is called among the others.

    Raises:
        AsloError: the log is damaged, lost or needs `aslo db upgrade`.
    """

    def __init__(self, settings: CoreSettings, closing: ExitStack) -> None:
        make_log(settings)
        where = log_where(settings)
        self.events = EventLog.open(where, redis_url=hint_url(settings))
        closing.callback(self.events.close)
        self.build_logs = BuildLogs(where)
        closing.callback(self.build_logs.close)
        self.leases = Leases(where)
        closing.callback(self.leases.close)
        self.clock = LogClock(self.events.newest_us)
        self.clock()  # so that it can be estimated from now on
        self.name = unique_name()
