"""A process of ASLO, with all of its parts, as `aslo serve` runs it, or with some of them."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import structlog

from aslo_core.bootstrap.beacon import Beacon
from aslo_core.bootstrap.conducting import Conducting
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import log_where, make_work_folder
from aslo_core.bootstrap.equipment import Equipment, equip
from aslo_core.bootstrap.following import Following
from aslo_core.bootstrap.hangup import Hangups
from aslo_core.bootstrap.in_force import record
from aslo_core.bootstrap.listening import listen
from aslo_core.bootstrap.live_server import make_live_server
from aslo_core.bootstrap.pressure import make_gauge
from aslo_core.bootstrap.release_workers import ReleaseWorkers
from aslo_core.bootstrap.reload import Reload
from aslo_core.bootstrap.roles import Duty, Role, can_share, own_folder, require_shared, within
from aslo_core.bootstrap.shared import Shared
from aslo_core.bootstrap.web_server import make_web_server
from aslo_core.config.settings import EVERYWHERE
from aslo_core.errors import AsloError
from aslo_core.jobs.broker import make_broker
from aslo_core.jobs.gauge import Gauge
from aslo_core.jobs.holding import LIVES, TURNS, Holding
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.rest import OwnDisk, Rest
from aslo_core.jobs.tending import Tending
from aslo_core.live.server import LiveServer
from aslo_core.projections import releases
from aslo_core.release.workspace import forget_ended
from aslo_core.storing.decisions import storages_in_force
from aslo_core.web.metrics import LeftBehindMetrics, Metrics

log = structlog.get_logger(__name__)

TEND_S = 60.0
LOOK_S = 2.0
GRACE_S = 5.0
"""How long a stop waits for work that is under way: less than a supervisor's patience (10 seconds under Docker). The next start
takes up what was not finished."""
_LONG_S = 3600.0


class _Part(Protocol):
    def start(self) -> None: ...
    def stop(self, timeout: float) -> None: ...


class Service:
    """One process. What it opens and starts stays; its equipment is replaced by a reload.

    Args:
        configured: what `aslo.toml` says.
        hangups: ask it to read that again.
        duty: what it does.

    Raises:
        AsloError: another process serves this data directory, the port is taken, the log is damaged, lost or needs
            `aslo db upgrade`, or it cannot be shared with other processes.
        ConfigError: a plugin cannot be made from its table.
    """

    def __init__(self, configured: Configured, hangups: Hangups, duty: Duty) -> None:
        require_shared(configured, duty)
        self._hangups = hangups
        self._duty = duty
        self._broken = ""
        self._parts: list[_Part] = []
        self._pokes: list[Callable[[], None]] = []
        self._looks: list[Callable[[], None]] = []
        self._workers: ReleaseWorkers | None = None
        self._server: Any = None
        self._closing = ExitStack()
        try:
            self._folder = self._closing.enter_context(own_folder(configured, duty))
            self._wire(within(configured, self._folder))
        except BaseException:
            self._closing.close()
            raise

    def _wire(self, configured: Configured) -> None:
        """Make everything, in the order in which one needs the other; nothing is started yet."""
        self._settings = settings = configured.settings
        roles, metrics = self._duty.roles, Metrics()
        self._shared = shared = Shared(settings, self._closing)
        where_is_file = isinstance(log_where(settings), Path)
        if where_is_file:
            shared.leases.void()  # of processes that are gone, or this one would not be alone
        beacon = Beacon(shared, settings.processes.lease_seconds, self._give_up)
        self._closing.callback(beacon.end)
        beacon.start()
        self._parts.append(Loop("beacon", beacon.turn, settings.processes.lease_seconds / TURNS))
        following: Following | None = None
        if roles & {Role.WEB, Role.CONDUCTOR}:
            following = Following(settings, shared.events, self._give_up, self._closing)  # before anybody can connect
            self._parts.append(_Projecting(following, self._poke))
        listening = self._listen()
        self.public_url = settings.public_url(listening.getsockname()[1] if listening else None)
        self._equipment = equip(configured, self.public_url)
        if Role.CONDUCTOR in roles:
            record(shared.events, configured)
            storages_in_force(shared.events, self._equipment.storages.tables)
        gauge: Gauge | None = None
        if following is not None:
            gauge = make_gauge(settings, shared, following.questions, lambda: self._equipment.storages)
            self._parts.append(Loop("gauge", gauge.look, LOOK_S))
        is_resting = self._rest(gauge)
        broker = make_broker(settings.broker.url.get_secret_value(), is_resting)
        self._closing.callback(broker.close)
        if Role.WORKER in roles:
            self._work(broker, following, metrics, is_resting)
        if following is not None and gauge is not None and Role.CONDUCTOR in roles:
            conducting = Conducting(
                settings,
                self._in_force,
                shared,
                following.questions,
                broker,
                gauge,
                self.public_url,
                is_sole=where_is_file,
                closing=self._closing,
            )
            following.catch_up()
            self._parts.append(conducting)
            self._pokes.append(conducting.poke)
            self._looks.append(conducting.look)
        added = following.questions.newest_storage if following is not None else lambda: -1
        self._parts.append(
            Reload(
                self._hangups,
                added,
                self._in_force,
                self._take_up,
                shared.events,
                self._folder,
                self.public_url,
                metrics,
                records=Role.CONDUCTOR in roles,
            )
        )
        live: LiveServer | None = None
        if Role.LIVE in roles:
            own = listening if Role.WEB not in roles else None
            live = make_live_server(shared, settings.server.streams, self._give_up, self._closing, own)
            self._parts += [self._shown(f"{LIVES}{shared.name}"), live]
        if following is not None and gauge is not None and listening is not None and Role.WEB in roles:
            self._server = make_web_server(
                self._in_force, shared, following.views, gauge, metrics, listening, self.public_url, live
            )

    def _rest(self, gauge: Gauge | None) -> Callable[[], bool]:
        """Give what tells whether this process, as a worker beside others, leaves what is new to them."""
        settings, shared = self._settings, self._shared
        if Role.WORKER not in self._duty.roles or not can_share(settings):
            return lambda: False  # who conducts holds back what is new
        own = OwnDisk(settings.data_path, settings.data.keep_free_mib << 20)
        is_full = (lambda: gauge.pause.is_about("disk")) if gauge is not None else own.is_full  # told once
        rest = Rest(is_full, shared.leases, shared.name, settings.processes.lease_seconds)
        self._closing.callback(rest.end)
        rest.turn()
        self._parts.append(Loop("rest", rest.turn, settings.processes.lease_seconds / TURNS))
        return lambda: rest.resting

    def _work(self, broker: Any, following: Following | None, metrics: Metrics, is_resting: Callable[[], bool]) -> None:
        work = make_work_folder(self._settings)
        if following is not None:
            with following.questions.snapshot() as connection:
                forget_ended(work, releases.open_runs(connection))
        else:
            forget_ended(work, ())  # it is not known here which runs go on, and what they need is made again
        tending = Tending(lambda: self._equipment.builders)
        self._closing.callback(tending.close)
        loop = Loop("builders", tending.turn, TEND_S)
        self._parts.append(loop)
        self._looks.append(loop.poke)
        labels = self._duty.labels
        if labels is None:
            labels = frozenset({"", *(builder.label for builder in self._settings.builders.values())})
        self._workers = ReleaseWorkers(
            self._settings, self._in_force, self._shared, broker, labels, self._give_up, self._closing, is_resting
        )
        metrics.registry.register(LeftBehindMetrics(self._workers.left_behind))

    def _shown(self, name: str) -> Loop:
        """Let the others know of a part of this process as long as it lives."""
        seconds = self._settings.processes.lease_seconds
        holding = Holding(self._shared.leases, name, self._shared.name, seconds)
        self._closing.callback(holding.end)
        return Loop("live lease", holding.turn, seconds / TURNS)

    def _listen(self) -> socket.socket | None:
        """Listen on the port of this duty, where it has one: all that the web serves comes in at its own."""
        server, roles = self._settings.server, self._duty.roles
        if Role.WEB not in roles:
            return self._closing.enter_context(listen(server.host, server.live_port)) if Role.LIVE in roles else None
        listening = self._closing.enter_context(listen(server.host, server.port))
        if server.public_url is None and server.host in EVERYWHERE:
            links = self._settings.public_url(listening.getsockname()[1])
            log.warning("serve.no_public_url", links=links, cure="set server.public_url: links lead to this machine")
        return listening

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what was not finished then goes on at the next start, or elsewhere.

        Raises:
            AsloError: it cannot go on, and said why in its messages.
        """
        signal.signal(signal.SIGTERM, _raise_system_exit)
        try:
            for part in self._parts:
                part.start()
            if self._workers is not None:
                self._workers.start()
            data = str(self._settings.data_path)
            log.info("serve.started", part=self._duty.name, url=self.public_url, data=data, name=self._shared.name)
            if self._server is not None:
                self._server.run()
            else:
                while True:
                    time.sleep(_LONG_S)
        except (SystemExit, KeyboardInterrupt):
            log.debug("serve.interrupted")
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._hangups.ignore()
            log.info("serve.stopping", part=self._duty.name)
            self._end()
            self._closing.close()
        if self._broken:
            raise AsloError(self._broken)

    def _end(self) -> None:
        """End every thread, all of them within the grace; none is waited for beyond it."""
        deadline = time.monotonic() + GRACE_S
        if self._workers is not None:
            self._workers.finish()
        for part in self._parts:
            part.stop(timeout=0)
        if self._workers is not None:
            self._workers.stop(GRACE_S)
        for part in self._parts:
            part.stop(max(deadline - time.monotonic(), 0.1))

    def _in_force(self) -> Equipment:
        return self._equipment

    def _take_up(self, equipment: Equipment) -> None:
        """Put other equipment in force for all that begins from now on."""
        self._equipment = equipment
        for look in self._looks:
            look()

    def _poke(self) -> None:
        for poke in self._pokes:
            poke()

    def _give_up(self, why: str) -> None:
        self._broken = self._broken or why
        os.kill(os.getpid(), signal.SIGTERM)  # raised in this thread, it would not wake the main one


class _Projecting:
    """The thread that keeps the read models up to date, as a part."""

    def __init__(self, following: Following, poke: Callable[[], None]) -> None:
        self._following = following
        self._poke = poke

    def start(self) -> None:
        self._following.start(self._poke)

    def stop(self, timeout: float) -> None:
        self._following.stop(timeout)


def _raise_system_exit(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # it is on its way, and a second one would break off the end of it
    raise SystemExit(0)
