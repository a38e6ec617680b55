"""Everything in one process: intake, workers, projections, notices and pages, as `aslo serve` runs it."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack

import structlog

from aslo_core.bootstrap.alone import alone
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.crew import Crew
from aslo_core.bootstrap.databases import (
    make_data_folder,
    make_work_folder,
)
from aslo_core.bootstrap.equipment import Equipment, equip
from aslo_core.bootstrap.following import Following
from aslo_core.bootstrap.hangup import Hangups
from aslo_core.bootstrap.in_force import record
from aslo_core.bootstrap.listening import listen
from aslo_core.bootstrap.positions import Positions
from aslo_core.bootstrap.release_workers import ReleaseWorkers
from aslo_core.bootstrap.reload import Reload
from aslo_core.bootstrap.web_server import make_web_server
from aslo_core.config.settings import EVERYWHERE
from aslo_core.errors import AsloError
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.tending import Tending
from aslo_core.projections import releases
from aslo_core.release.clock import LogClock
from aslo_core.release.workspace import forget_ended
from aslo_core.storing.decisions import storages_in_force
from aslo_core.web.metrics import Metrics

log = structlog.get_logger(__name__)

TEND_S = 60.0
GRACE_S = 5.0
"""How long a stop waits for work that is under way: less than a supervisor's patience (10 seconds under Docker). The next start
takes up what was not finished."""


class Service:
    """One whole ASLO on one data directory. What it opens and starts stays; its equipment is replaced by a reload.

    Args:
        configured: what `aslo.toml` says.
        hangups: ask it to read that again.

    Raises:
        AsloError: another process serves this data directory, the port is taken, or the log is damaged, lost or needs
            `aslo db upgrade`.
        ConfigError: a plugin cannot be made from its table.
    """

    def __init__(self, configured: Configured, hangups: Hangups) -> None:
        self._settings = settings = configured.settings
        self._hangups = hangups
        self._broken = ""
        self._closing = ExitStack()
        try:
            make_data_folder(settings)
            self._closing.enter_context(alone(settings, self._give_up))
            self._following = Following(settings, self._give_up, self._closing)  # before anybody can connect
            self._socket = self._closing.enter_context(listen(settings.server.host, settings.server.port))
            self.public_url = settings.public_url(self._socket.getsockname()[1])
            if settings.server.public_url is None and settings.server.host in EVERYWHERE:
                log.warning(
                    "serve.no_public_url", links=self.public_url, cure="set server.public_url: links lead to this machine"
                )
            self._equipment = equip(configured, self.public_url)
            record(self._following.events, configured)
            self._wire()
        except BaseException:
            self._closing.close()
            raise

    def _wire(self) -> None:
        settings, following = self._settings, self._following
        events, questions = following.events, following.questions
        storages_in_force(events, self._equipment.storages.tables)
        work, clock = make_work_folder(settings), LogClock(events.newest_us)
        self._workers = ReleaseWorkers(settings, self._in_force, events, following.build_logs, questions, clock, self._closing)
        following.catch_up()
        with questions.snapshot() as connection:
            forget_ended(work, releases.open_runs(connection))
        tending = Tending(lambda: self._equipment.builders)
        self._closing.callback(tending.close)
        self._tending = Loop("builders", tending.turn, TEND_S)
        self._crew = Crew(Positions(self._in_force, events, questions, self.public_url, clock).wanted)
        metrics = Metrics()
        self._reload = Reload(
            self._hangups, questions.newest_storage, self._in_force, self._take_up, events, self.public_url, metrics
        )
        self._server = make_web_server(self._in_force, following, self._workers.gauge, metrics, self._socket, self.public_url)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; what was not finished then goes on at the next start.

        Raises:
            AsloError: it cannot go on, and said why in its messages.
        """
        signal.signal(signal.SIGTERM, _raise_system_exit)
        try:
            self._following.start(self._poke)
            self._crew.start()
            self._tending.start()
            self._workers.start()
            self._reload.start()
            log.info("serve.started", url=self.public_url, data=str(self._settings.data_path))
            self._server.run()
        except (SystemExit, KeyboardInterrupt):
            log.debug("serve.interrupted_at_start")
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is on its way
            self._hangups.ignore()
            log.info("serve.stopping")
            self._end()
            self._closing.close()
        if self._broken:
            raise AsloError(self._broken)

    def _end(self) -> None:
        """End every thread, all of them within the grace; none is waited for beyond it."""
        deadline = time.monotonic() + GRACE_S
        others = (self._reload, self._tending, self._crew, self._following)
        self._workers.finish()
        for other in others:
            other.stop(timeout=0)
        self._workers.stop(GRACE_S)
        for other in others:
            other.stop(max(deadline - time.monotonic(), 0.1))

    def _in_force(self) -> Equipment:
        return self._equipment

    def _take_up(self, equipment: Equipment) -> None:
        """Put other equipment in force for all that begins from now on."""
        self._equipment = equipment
        self._crew.look()
        self._tending.poke()

    def _poke(self) -> None:
        self._workers.poke()
        self._crew.poke()

    def _give_up(self, why: str) -> None:
        self._broken = why
        signal.raise_signal(signal.SIGTERM)


def _raise_system_exit(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
