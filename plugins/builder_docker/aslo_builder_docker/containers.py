"""Makes containers for builds and inspections, each used once and removed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import structlog

from aslo_builder_docker import labels
from aslo_builder_docker.container import Container, remove
from aslo_builder_docker.engine import Engine
from aslo_builder_docker.facts import Facts, learn, pinned
from aslo_builder_docker.options import DockerOptions
from aslo_builder_docker.session import Session
from aslo_builder_docker.shape import USER, Shape, command, task
from aslo_builder_docker.warm import WarmContainers
from aslo_core.api import AsloError, BuildLimits, Context, confined

log = structlog.get_logger(__name__)

_ENVIRONMENT = {"HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}  # noqa: S108 - inside


class Containers:
    """The containers of one builder.

    Args:
        engine: the daemon.
        options: the operator's.
        context: the core's.
        preload: modules that are imported while a container waits to be told what to run.
    """

    def __init__(self, engine: Engine, options: DockerOptions, context: Context, preload: tuple[str, ...]) -> None:
        self._engine = engine
        self._options = options
        self._command = command(preload)
        self._session = Session(context.data / "containers")
        place = hashlib.sha256(str(context.data.resolve()).encode()).hexdigest()[:16]
        self.owner = f"{place}/{context.name}"
        """What its containers are labelled with: the installation and the builder."""
        self._lock = threading.Lock()
        self._facts: Facts | None = None
        self._in_use: set[str] = set()
        self._warm = WarmContainers(self._make, options.warm)

    @contextmanager
    def one(self, limits: BuildLimits, module: str) -> Iterator[Container]:
        """A container of exactly these limits, told to run a program; removed at the end, whatever happens.

        Such are kept ready from then on.

        Raises:
            ConfigError: no image is named, or the daemon does not know the runtime.
            Transient: the daemon is away or fails, or the image is absent.
            DaemonRefused: the daemon cannot make such a container.
        """
        shape = Shape.of(limits)
        with self._told(self._warm.take(shape) or self._make(shape), task(module, limits)) as container:
            yield container

    @contextmanager
    def one_holding(self, limits: BuildLimits, module: str) -> Iterator[Container]:
        """A container like `one`, but preferably one that waits for something larger, narrowed to these limits.

        Raises:
            ConfigError, Transient, DaemonRefused: as `one`.
        """
        shape = Shape.of(limits)
        with self._told(self._narrowed(shape) or self._make(shape), task(module, limits)) as container:
            yield container

    @contextmanager
    def fresh(self, limits: BuildLimits, module: str) -> Iterator[Container]:
        """A container like `one` that is made now, whatever waits.

        Raises:
            ConfigError, Transient, DaemonRefused: as `one`.
        """
        with self._told(self._make(Shape.of(limits)), task(module, limits)) as container:
            yield container

    def facts(self) -> Facts:
        """What is recorded with every build; learnt once for as long as the daemon stays.

        Raises:
            ConfigError: no image is named, or the daemon does not know the runtime.
            Transient: the daemon does not answer, or does not have the image.
        """
        with self._lock:
            if self._facts is None:
                self._facts = learn(self._engine, self._options)
            return self._facts

    def tend(self) -> None:
        """Remove what earlier runs of ASLO left, and keep containers ready from now on.

        Raises:
            AsloError: as `facts`.
        """
        self._forget()
        self.facts()
        self.sweep()
        self._warm.keep(Shape.of(BuildLimits()))

    def sweep(self) -> list[str]:
        """Remove this builder's containers that nobody uses, and name them: of runs that have ended, or lost by this one.

        Raises:
            Transient: the daemon does not answer, or fails.
        """
        with self._lock:
            used = frozenset(self._in_use)
        swept = []
        for found in self._engine.named(f"{labels.BUILDER}={self.owner}"):
            (name,) = (name.lstrip("/") for name in found["Names"])
            if name not in used and self._session.is_over(found["Labels"].get(labels.SESSION, "")):
                remove(self._engine, name)
                swept.append(name)
        return swept

    def close(self) -> None:
        """Remove the containers that are ready, and keep none from now on."""
        self._warm.close()

    @contextmanager
    def _told(self, container: Container, what: confined.Task) -> Iterator[Container]:
        try:
            container.tell(what)
            yield container
        finally:
            self._warm.after(container)

    def _narrowed(self, shape: Shape) -> Container | None:
        container = self._warm.take_holding(shape)
        if container is None:
            return None
        try:
            container.narrow(shape.memory_and_scratch)
        except BaseException as error:
            self._warm.after(container)
            if not isinstance(error, AsloError):
                raise
            log.warning("builder.container_not_narrowed", error=str(error), consequence="one is made instead")
            return None
        return container

    def _make(self, shape: Shape) -> Container:
        options = self._options
        self._session.begin()
        container = _Counted(self._engine, f"aslo-{self._session.name[:12]}-{uuid4().hex[:12]}", self._in_use)
        try:
            container.create(
                image=pinned(options),
                command=self._command,
                user=f"{USER}:{USER}",
                hostname="sandbox",
                working_dir="/tmp",  # noqa: S108 - inside
                environment=_ENVIRONMENT,
                stdin_open=True,
                stop_signal="SIGKILL",  # it hears no other, and a daemon that comes back stops what ran: it would wait 10 s
                network_disabled=True,
                use_config_proxy=False,
                labels={labels.BUILDER: self.owner, labels.SESSION: self._session.name},
                host_config=shape.host_config(self._engine.connected(), options.processors, options.runtime),
            )
            container.start()
        except BaseException as error:
            container.discard()
            if isinstance(error, AsloError):
                self._forget()
            raise
        return container

    def _forget(self) -> None:
        """Ask the daemon anew: it may be another one, or have another runtime."""
        with self._lock:
            self._facts = None


class _Counted(Container):
    """A container that is in use from before it is made until it is removed, whether that works or not."""

    def __init__(self, engine: Engine, name: str, in_use: set[str]) -> None:
        super().__init__(engine, name)
        self._in_use = in_use
        in_use.add(name)

    def discard(self) -> None:
        try:
            super().discard()
        finally:
            self._in_use.discard(self.name)
