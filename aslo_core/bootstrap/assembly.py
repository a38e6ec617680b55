"""The parts of one process, as its duty needs them, made in the order in which one needs the other."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import dramatiq
import structlog

from aslo_core.bootstrap.beacon import Beacon
from aslo_core.bootstrap.conducting import Conducting
from aslo_core.bootstrap.configuration import Configured
from aslo_core.bootstrap.databases import log_where, make_work_folder
from aslo_core.bootstrap.equipment import Equipment, equip
from aslo_core.bootstrap.following import Following
from aslo_core.bootstrap.hangup import Hangups
from aslo_core.bootstrap.in_force import take_effect
from aslo_core.bootstrap.listening import listen
from aslo_core.bootstrap.live_server import make_live_server
from aslo_core.bootstrap.pressure import make_gauge
from aslo_core.bootstrap.release_workers import ReleaseWorkers
from aslo_core.bootstrap.reload import Reload
from aslo_core.bootstrap.roles import Duty, Role, can_share, own_folder, require_shared, within
from aslo_core.bootstrap.shared import Shared
from aslo_core.bootstrap.web_server import make_web_server
from aslo_core.config.settings import EVERYWHERE
from aslo_core.jobs.broker import make_broker
from aslo_core.jobs.gauge import Gauge
from aslo_core.jobs.holding import LIVES, TURNS, Holding
from aslo_core.jobs.loop import Loop
from aslo_core.jobs.rest import OwnDisk, Rest
from aslo_core.jobs.tending import Tending
from aslo_core.live.server import LiveServer
from aslo_core.projections import releases
from aslo_core.release.workspace import forget_ended
from aslo_core.web.metrics import LeftBehindMetrics, Metrics

log = structlog.get_logger(__name__)

TEND_S = 60.0
LOOK_S = 2.0


class Part(Protocol):
    """A thread, or some of them."""

    def start(self) -> None:
        """Start it."""
        ...

    def stop(self, timeout: float) -> None:
        """Tell it to end; wait for that for at most `timeout` seconds."""
        ...


@dataclass(frozen=True)
class _Seen:
    """What those see who show or conduct: the read models, and whether builds pause."""

    following: Following
    gauge: Gauge


class Assembly:
    """Everything that one process runs; nothing of it is started yet but the beacon, by which others know that it lives.

    Args:
        configured: what `aslo.toml` says.
        hangups: ask for it to be read again.
        duty: what the process does.
        give_up: called with words when it cannot go on.
        closing: closes everything at the end.

    Attributes:
        parts: what is started, in this order, and stopped.
        workers: who work on releases, if this process does; started after the parts.
        server: serves the web, if this process does, by `run`.
        public_url: address that ASLO is reached at, without a slash at the end.
        data: folder of the data.
        name: of this process, which others see.

    Raises:
        AsloError: another process serves this data directory, the port is taken, the log is damaged, lost or needs
            `aslo db upgrade`, or it cannot be shared with other processes.
        ConfigError: a plugin cannot be made from its table.
    """

    def __init__(
        self, configured: Configured, hangups: Hangups, duty: Duty, give_up: Callable[[str], None], closing: ExitStack
    ) -> None:
        require_shared(configured, duty)
        folder = closing.enter_context(own_folder(configured, duty))
        configured = within(configured, folder)
        self.parts: list[Part] = []
        self.workers: ReleaseWorkers | None = None
        self.server: Any = None
        self._pokes: list[Callable[[], None]] = []
        self._looks: list[Callable[[], None]] = []
        self._roles, self._labels = duty.roles, duty.labels
        self._give_up = give_up
        self._closing = closing
        self._metrics = Metrics()
        self._settings = settings = configured.settings
        self.data = settings.data_path
        self._shared = Shared(settings, closing)
        self.name = self._shared.name
        self._live()
        following = self._follow()  # before anybody can connect
        listening = self._listen()
        self.public_url = settings.public_url(listening.getsockname()[1] if listening else None)
        self._equipment = equip(configured, self.public_url)
        if Role.CONDUCTOR in self._roles:
            take_effect(self._shared.events, configured, self._equipment.storages.tables)
        seen = self._see(following)
        is_resting = self._rest(seen)
        broker = make_broker(settings.broker.url.get_secret_value(), is_resting)
        closing.callback(broker.close)
        if Role.WORKER in self._roles:
            self._work(broker, seen, is_resting)
        if Role.CONDUCTOR in self._roles and seen is not None:
            self._conduct(broker, seen)
        self._reload(hangups, folder, seen)
        streams = self._stream(listening)
        if Role.WEB in self._roles and seen is not None and listening is not None:
            self.server = self._show(seen, listening, streams)

    @property
    def _is_sole(self) -> bool:
        """Whether no other process can work on this log."""
        return isinstance(log_where(self._settings), Path)

    def _live(self) -> None:
        """Let the others know of this process, from now on."""
        if self._is_sole:
            self._shared.leases.void()  # of processes that are gone, or this one would not be alone
        seconds = self._settings.processes.lease_seconds
        beacon = Beacon(self._shared, seconds, self._give_up)
        self._closing.callback(beacon.end)
        beacon.start()
        self.parts.append(Loop("beacon", beacon.turn, seconds / TURNS))

    def _follow(self) -> Following | None:
        """Keep the read models up to date, for those who show or conduct."""
        if not self._roles & {Role.WEB, Role.CONDUCTOR}:
            return None
        following = Following(self._settings, self._shared.events, self._give_up, self._closing)
        self.parts.append(_Projecting(following, self._poke))
        return following

    def _see(self, following: Following | None) -> _Seen | None:
        if following is None:
            return None
        gauge = make_gauge(self._settings, self._shared, following.questions, lambda: self._equipment.storages)
        self.parts.append(Loop("gauge", gauge.look, LOOK_S))
        return _Seen(following, gauge)

    def _listen(self) -> socket.socket | None:
        """Listen on the port of this duty, where it has one: all that the web serves comes in at its own."""
        server, roles = self._settings.server, self._roles
        if Role.WEB not in roles:
            return self._closing.enter_context(listen(server.host, server.live_port)) if Role.LIVE in roles else None
        listening = self._closing.enter_context(listen(server.host, server.port))
        if server.public_url is None and server.host in EVERYWHERE:
            links = self._settings.public_url(listening.getsockname()[1])
            log.warning("serve.no_public_url", links=links, cure="set server.public_url: links lead to this machine")
        return listening

    def _rest(self, seen: _Seen | None) -> Callable[[], bool]:
        """Give what tells whether this process, as a worker beside others, leaves what is new to them."""
        settings, shared = self._settings, self._shared
        if Role.WORKER not in self._roles or not can_share(settings):
            return lambda: False  # who conducts holds back what is new
        own = OwnDisk(settings.data_path, settings.data.keep_free_mib << 20)
        is_full = (lambda: seen.gauge.pause.is_about("disk")) if seen is not None else own.is_full  # told once
        rest = Rest(is_full, shared.leases, shared.name, settings.processes.lease_seconds)
        self._closing.callback(rest.end)
        rest.turn()
        self.parts.append(Loop("rest", rest.turn, settings.processes.lease_seconds / TURNS))
        return lambda: rest.resting

    def _work(self, broker: dramatiq.Broker, seen: _Seen | None, is_resting: Callable[[], bool]) -> None:
        """Build, store and publish, and keep the builders ready."""
        work = make_work_folder(self._settings)
        if seen is not None:
            with seen.following.questions.snapshot() as connection:
                forget_ended(work, releases.open_runs(connection))
        else:
            forget_ended(work, ())  # it is not known here which runs go on, and what they need is made again
        tending = Tending(lambda: self._equipment.builders)
        self._closing.callback(tending.close)
        loop = Loop("builders", tending.turn, TEND_S)
        self.parts.append(loop)
        self._looks.append(loop.poke)
        labels = self._labels
        if labels is None:
            labels = frozenset({"", *(builder.label for builder in self._settings.builders.values())})
        self.workers = ReleaseWorkers(
            self._settings, self._in_force, self._shared, broker, labels, self._give_up, self._closing, is_resting
        )
        self._metrics.registry.register(LeftBehindMetrics(self.workers.left_behind))

    def _conduct(self, broker: dramatiq.Broker, seen: _Seen) -> None:
        """Decide what is due, tell developers and copy between storages, while this process leads."""
        conducting = Conducting(
            self._settings,
            self._in_force,
            self._shared,
            seen.following.questions,
            broker,
            seen.gauge,
            self.public_url,
            is_sole=self._is_sole,
            closing=self._closing,
        )
        seen.following.catch_up()
        self.parts.append(conducting)
        self._pokes.append(conducting.poke)
        self._looks.append(conducting.look)

    def _reload(self, hangups: Hangups, folder: str, seen: _Seen | None) -> None:
        """Put other equipment in force when the configuration has changed."""
        reload = Reload(
            hangups,
            seen.following.questions.newest_storage if seen is not None else lambda: -1,
            self._in_force,
            self._take_up,
            self._shared.events,
            folder,
            self.public_url,
            self._metrics,
            records=Role.CONDUCTOR in self._roles,
        )
        self.parts.append(reload)

    def _stream(self, listening: socket.socket | None) -> LiveServer | None:
        """Serve streams, on a port of their own where this process does not serve the web."""
        if Role.LIVE not in self._roles:
            return None
        seconds, shared = self._settings.processes.lease_seconds, self._shared
        shown = Holding(shared.leases, f"{LIVES}{shared.name}", shared.name, seconds)
        self._closing.callback(shown.end)
        own = listening if Role.WEB not in self._roles else None
        server = make_live_server(shared, self._settings.server.streams, self._give_up, self._closing, own)
        self.parts += [Loop("live lease", shown.turn, seconds / TURNS), server]
        return server

    def _show(self, seen: _Seen, listening: socket.socket, streams: LiveServer | None) -> Any:
        """Make what serves pages, downloads, webhooks and metrics."""
        views, shared = seen.following.views, self._shared
        return make_web_server(self._in_force, shared, views, seen.gauge, self._metrics, listening, self.public_url, streams)

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


class _Projecting:
    """The thread that keeps the read models up to date, as a part."""

    def __init__(self, following: Following, poke: Callable[[], None]) -> None:
        self._following = following
        self._poke = poke

    def start(self) -> None:
        self._following.start(self._poke)

    def stop(self, timeout: float) -> None:
        self._following.stop(timeout)
