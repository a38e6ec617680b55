"""Everything in one process: intake, workers, projections, notices and pages, as `aslo serve` runs it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import dramatiq
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from aslo_core.bootstrap.alone import alone
from aslo_core.bootstrap.backends import make_backends
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import (
    discard_damaged_views,
    hint_url,
    log_where,
    make_data_folder,
    make_log,
    make_work_folder,
    views_path,
)
from aslo_core.bootstrap.in_force import record
from aslo_core.bootstrap.instances import create
from aslo_core.bootstrap.intake import make_intake
from aslo_core.bootstrap.limits import build_limits, inspection_limits
from aslo_core.bootstrap.listening import listen
from aslo_core.bootstrap.observers import observe
from aslo_core.bootstrap.replication import COPYING, Replication
from aslo_core.bootstrap.setup_owners import setup_owners
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.config.settings import EVERYWHERE
from aslo_core.entry_points import Kind
from aslo_core.errors import AsloError
from aslo_core.jobs.broker import QUEUE, make_broker, make_doorbell
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.jobs.herald import AbsentNotifier, Herald
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.never_raising import never_raising
from aslo_core.jobs.tending import Tending
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.projections import PROJECTIONS, notices, releases
from aslo_core.projections.engine import Projector
from aslo_core.projections.views import Views
from aslo_core.release.clock import LogClock
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.policy import Policy
from aslo_core.release.setup_owners import SetupOwners
from aslo_core.release.steps import Steps
from aslo_core.release.worker import Worker
from aslo_core.release.workspace import forget_ended
from aslo_core.storing.decisions import storages_in_force
from aslo_core.types import WebhookReceiver
from aslo_core.web import WebServices, create_app
from aslo_core.web.intake import READ_AT_MOST, IntakeServices, intake_blueprint
from aslo_core.web.metrics import Metrics, ProjectionMetrics, StorageMetrics, metrics_blueprint
from aslo_core.web.server import make_server

log = structlog.get_logger(__name__)

VIEWS_BROKEN = "the read models could not be kept up to date or read; the messages say why, and the next start mends them"
TICK_S = 1.0
CLAIM_CHECK_S = 5.0
TEND_S = 60.0
GRACE_S = 5.0
"""How long a stop waits for work that is under way: less than a supervisor's patience (10 seconds under Docker). The next start
takes up what was not finished."""


class Service:
    """One whole ASLO on one data directory.

    Args:
        configured: what `aslo.toml` says.

    Raises:
        AsloError: another process serves this data directory, the port is taken, or the log is damaged, lost or needs
            `aslo db upgrade`.
        ConfigError: a plugin cannot be made from its table.
    """

    def __init__(self, configured: Configured) -> None:
        settings = configured.settings
        self._settings = settings
        self._stop = threading.Event()
        self._broken = ""
        self._closing = ExitStack()
        try:
            make_data_folder(settings)
            self._closing.enter_context(alone(settings, self._give_up))
            self._open_databases()  # before anybody can connect
            self._socket = self._closing.enter_context(listen(settings.server.host, settings.server.port))
            self.public_url = settings.public_url(self._socket.getsockname()[1])
            if settings.server.public_url is None and settings.server.host in EVERYWHERE:
                log.warning(
                    "serve.no_public_url", links=self.public_url, cure="set server.public_url: links lead to this machine"
                )
            instances = create(settings, configured.plugins, self.public_url)
            owners = setup_owners(configured, instances["builder"])
            record(self._log, configured)
            self._wire(configured, instances, owners)
        except BaseException:
            self._closing.close()
            raise

    def _open_databases(self) -> None:
        settings = self._settings
        make_log(settings)
        discard_damaged_views(settings)
        self._log = EventLog.open(log_where(settings), redis_url=hint_url(settings))
        self._closing.callback(self._log.close)
        self._projector = Projector(views_path(settings), self._log, PROJECTIONS)
        self._closing.callback(self._projector.close)
        self._projector.make_ready()

    def _wire(self, configured: Configured, instances: dict[Kind, dict[str, Any]], owners: SetupOwners) -> None:
        settings, plugins = configured.settings, configured.plugins
        self._views = Views(views_path(settings))
        self._closing.callback(self._views.close)
        build_logs = BuildLogs(log_where(settings))
        self._closing.callback(build_logs.close)
        desk, clock = ReleaseDesk(self._log), LogClock(self._log.newest_us)
        backends = make_backends(settings, instances["storage"])
        storages_in_force(self._log, backends.tables)
        work = make_work_folder(settings)
        steps = Steps(
            sources=instances["source"],
            builders=instances["builder"],
            storages=backends,
            build_limits=build_limits(settings),
            inspection_limits=inspection_limits(settings),
            work=work,
            setup_owners=owners,
        )
        policy = Policy(settings.bundle.version_agreement, settings.bundle.invalid_asset)
        self._working = worker = Worker(desk, steps, build_logs, f"{socket.gethostname()}/{os.getpid()}", policy, clock)
        self._claims = DeadClaims(desk, self._claimed, worker.active)
        self._claims.give_up_all("the process that held it is gone")
        self._projector.make_ready()
        with self._views.snapshot() as connection:
            forget_ended(work, releases.open_runs(connection))
        self._broker = make_broker(settings.broker.url.get_secret_value())
        self._closing.callback(self._broker.close)
        dispatcher = Dispatcher(
            self._due, make_doorbell(self._broker, never_raising(worker)), settings.build.workers * 2, clock
        )
        with self._views.snapshot() as connection:
            absent = set(notices.notifiers_with_work(connection)) - set(instances["notifier"])
        notifiers = instances["notifier"] | {name: AbsentNotifier(name) for name in absent}
        only = {instance.name: instance.only for instance in settings.of("notifier")}
        heralds = [
            Herald(name, notifier, only.get(name, NoticeFilter()), self._log, self._due_notices, self.public_url, clock)
            for name, notifier in notifiers.items()
        ]
        replication = Replication(
            settings.path, self.public_url, backends, self._log, self._snapshot, settings.data_path / COPYING, clock
        )
        self._on_progress: list[Loop | Replication] = [
            replication,
            Loop("dispatcher", dispatcher.turn, TICK_S),
            *(Loop("herald", herald.turn, TICK_S) for herald in heralds),
        ]
        tending = Tending(instances["builder"])
        self._closing.callback(tending.close)
        self._loops = [
            *self._on_progress,
            Loop("claims", self._claims.turn, CLAIM_CHECK_S),
            Loop("builders", tending.turn, TEND_S),
        ]
        self._worker = dramatiq.Worker(self._broker, queues={QUEUE}, worker_threads=settings.build.workers)
        self._threads = [threading.Thread(target=self._follow, name="projector", daemon=True)]
        if plugins.manager.hook.aslo_observe.get_hookimpls():
            self._threads.append(
                threading.Thread(target=observe, args=(self._log, plugins, self._stop), name="observers", daemon=True)
            )
        metrics = Metrics()
        metrics.registry.register(ProjectionMetrics(self._views, self._log.head))
        metrics.registry.register(StorageMetrics(self._views, backends))
        intake = IntakeServices(
            intake=make_intake(configured, self._log, lambda: backends.tables),
            sources={name: source for name, source in instances["source"].items() if isinstance(source, WebhookReceiver)},
            public_url=self.public_url,
            metrics=metrics,
        )
        app = create_app(
            WebServices(
                views=self._views,
                build_logs=build_logs,
                storages=backends,
                public_url=self.public_url,
                log_head=self._log.head,
                log_failing=lambda: self._log.failing,
                intake=intake_blueprint(intake),
            )
        )
        app.register_blueprint(metrics_blueprint(metrics))
        self._server = make_server(
            app,
            self._socket,
            threads=settings.server.threads,
            largest_body=READ_AT_MOST,
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; what was not finished then goes on at the next start.

        Raises:
            AsloError: it cannot go on, and said why in its messages.
        """
        signal.signal(signal.SIGTERM, _raise_system_exit)
        try:
            for thread in self._threads:
                thread.start()
            for loop in self._loops:
                loop.start()
            self._worker.start()
            log.info("serve.started", url=self.public_url, data=str(self._settings.data_path))
            self._server.run()
        except (SystemExit, KeyboardInterrupt):
            log.debug("serve.interrupted_at_start")
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is on its way
            log.info("serve.stopping")
            self._end()
            self._closing.close()
        if self._broken:
            raise AsloError(self._broken)

    def _end(self) -> None:
        """End every thread, all of them within the grace; none is waited for beyond it."""
        deadline = time.monotonic() + GRACE_S
        self._stop.set()
        self._working.stop()
        for loop in self._loops:
            loop.stop(timeout=0)
        try:
            self._worker.stop(timeout=int(GRACE_S * 1000))
        except Exception as reason:  # noqa: BLE001 - dramatiq gives messages back to the broker, which may be away
            log.warning("broker.not_told_of_the_end", error=str(reason))
        for loop in self._loops:
            loop.stop(max(deadline - time.monotonic(), 0.1))
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.1))
        if unfinished := sorted(self._working.active()):
            log.warning("serve.left_unfinished", releases=unfinished, consequence="the next start goes on with them")

    def _follow(self) -> None:
        """Keep the read models up to date, and wake whoever waits for what they show."""
        try:
            self._projector.run(self._stop, self._poke)
        except Exception:
            log.exception("projector.broken")
            self._give_up(VIEWS_BROKEN)

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """Read the read models; damaged ones are made again at the next start, so this one ends."""
        try:
            with self._views.snapshot() as connection:
                yield connection
        except DatabaseError:
            log.exception("views.broken")
            self._give_up(VIEWS_BROKEN)
            raise

    def _give_up(self, why: str) -> None:
        self._broken = why
        signal.raise_signal(signal.SIGTERM)

    def _poke(self) -> None:
        for loop in self._on_progress:
            loop.poke()

    def _due(self, now_us: int) -> Sequence[str]:
        with self._snapshot() as connection:
            return [row.stream for row in releases.due(connection, now_us)]

    def _claimed(self) -> Sequence[tuple[str, int]]:
        with self._snapshot() as connection:
            return [(row.stream, row.attempt) for row in releases.claimed(connection)]

    def _due_notices(self, notifier: str, now_us: int) -> Sequence[notices.NoticeRow]:
        with self._snapshot() as connection:
            return notices.due(connection, notifier, now_us)


def _raise_system_exit(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
