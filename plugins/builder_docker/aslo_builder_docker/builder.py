"""The builder: one container for each build or inspection, its output kept only when it is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import copy
from pathlib import Path
from typing import Self

from aslo_builder_docker.container import Container
from aslo_builder_docker.containers import Containers
from aslo_builder_docker.engine import Engine
from aslo_builder_docker.image import build_image, describe
from aslo_builder_docker.options import DockerOptions
from aslo_builder_docker.shape import INSPECTOR, PROGRAMS
from aslo_builder_docker.supervision import supervise
from aslo_core.api import (
    Builder,
    BuilderImage,
    BuildLimits,
    BuildRequest,
    Context,
    InspectionRequest,
    Isolation,
    LogSink,
    Stopped,
    Toolchain,
    confined,
)


class DockerBuilder:
    """Builds and inspects in containers of a Docker daemon on this machine.

    Args:
        options: the operator's.
        context: the core's.
    """

    def __init__(self, options: DockerOptions, context: Context) -> None:
        self._options = options
        self._engine = Engine(context.directory / options.socket)
        self._packer = PROGRAMS[options.program]
        self.stop = threading.Event()
        self.containers = Containers(self._engine, options, context, preload=(self._packer, INSPECTOR))

    def until(self, stop: threading.Event) -> Self:
        """See `Interruptible.until`: the container is removed."""
        one = copy(self)
        one.stop = stop
        return one

    @property
    def isolation(self) -> Isolation:
        """A container, run by this daemon and its runtime.

        Raises:
            Transient: the daemon does not answer, or does not have the image.
            ConfigError: no image is named, or the daemon does not know the runtime.
        """
        return self.containers.facts().isolation

    @property
    def toolchain(self) -> Toolchain:
        """The packer, on the Python of the image.

        Raises:
            Transient, ConfigError: as `isolation`.
        """
        return self.containers.facts().toolchain

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """Build one bundle into `request.bundle`, which appears there only when it is whole and on disk.

        Raises:
            Permanent: the source cannot be built, or it went beyond a limit; says which and how large it was.
            Transient: the daemon went away, does not have the image, or could not start a container; or source or bundle
                could not be read or written.
            Stopped: it was told to.
            ProgramFailed: the packer itself failed, through no fault of the source.
            DaemonRefused: the daemon cannot make such containers.
        """
        one = self.containers.one(request.limits, self._packer)
        _run(one, request.source, request.bundle, request.limits, log, self.stop)

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        """Look into one bundle, and write what is found into `request.findings`.

        Raises:
            Permanent: the bundle breaks a rule, or its inspection went beyond a limit.
            Transient: as in `build`.
            Stopped: it was told to.
            ProgramFailed: the inspector itself failed.
            DaemonRefused: the daemon cannot make such containers.
        """
        one = self.containers.one_holding(request.limits, INSPECTOR)
        _run(one, request.material, request.findings, request.limits, log, self.stop)

    def running_setup(self) -> Builder:
        """See `RunsSetup.running_setup`: every image that there can be has Sugar's toolkit."""
        return SetupBuilder(self)

    def tend(self) -> None:
        """See `Tended.tend`."""
        self.containers.tend()

    def close(self) -> None:
        """See `Tended.close`."""
        self.containers.close()

    def image(self) -> BuilderImage:
        """See `Imaged.image`."""
        return describe(self._engine, self._options)

    def build_image(self, say: Callable[[str], None]) -> BuilderImage:
        """See `Imaged.build_image`."""
        return build_image(self._engine, self._options, say)


class SetupBuilder:
    """Builds in the same kind of containers, by the repository's own `setup.py`. None of them is started ahead.

    Args:
        usual: the builder that this one stands in for.
    """

    def __init__(self, usual: DockerBuilder) -> None:
        self._usual = usual
        self.stop = threading.Event()

    def until(self, stop: threading.Event) -> Self:
        """See `Interruptible.until`: the container is removed."""
        one = type(self)(self._usual.until(stop))
        one.stop = stop
        return one

    @property
    def isolation(self) -> Isolation:
        """See `DockerBuilder.isolation`."""
        return self._usual.isolation

    @property
    def toolchain(self) -> Toolchain:
        """`setup.py`, with the toolkit of the image.

        Raises:
            Transient, ConfigError: as `isolation`.
        """
        return self._usual.containers.facts().setup_toolchain

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """See `DockerBuilder.build`."""
        one = self._usual.containers.fresh(request.limits, PROGRAMS["setup.py"])
        _run(one, request.source, request.bundle, request.limits, log, self.stop)

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        """See `DockerBuilder.inspect`."""
        self._usual.inspect(request, log)


def _run(
    one: AbstractContextManager[Container],
    source: Path,
    output: Path,
    limits: BuildLimits,
    log: LogSink,
    stop: threading.Event,
) -> None:
    if stop.is_set():
        raise Stopped("nothing was begun, since it was told to stop before")
    with confined.whole_output(source, output) as (reading, writing):
        with one as container:
            ended = supervise(
                container,
                limits,
                source=reading,
                bundle=writing,
                log=log,
                meanwhile=lambda: confined.put_on_disk(writing),
                stop=stop,
            )
        confined.judge(ended, limits)


def create(options: DockerOptions, context: Context) -> DockerBuilder:
    """Make the builder. The daemon is asked when it is first needed: ASLO starts, and takes webhooks, without it."""
    return DockerBuilder(options, context)
