"""The builder: one job for each build or inspection, its output kept only when it is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Self

from aslo_builder_bubblewrap import orphans
from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.root_tree import RootTrees, setup_program, setup_toolchain_of
from aslo_builder_bubblewrap.supervision import supervise
from aslo_core.api import (
    Builder,
    BuilderImage,
    BuildRequest,
    ConfigError,
    ConfigProblem,
    ConfinedProgram,
    InspectionRequest,
    Isolation,
    LogSink,
    Toolchain,
    confined,
    rootfs,
)

_NO_TOOLKIT = ConfigProblem(
    file="",
    line=0,
    key="image",
    found="[build] run_setup_for has setup.py of repositories run, which takes Sugar's toolkit, and no root tree is named",
    allowed="what `aslo builder image build` tells, or leave run_setup_for out",
)


class ConfinedBuilder:
    """Runs the packer and the inspector under a confinement.

    Args:
        confinement: how they are kept from the host.
        packer: makes bundles.
        inspector: looks into them.
        toolchain: what the packer is.
    """

    def __init__(
        self, confinement: Confinement, packer: ConfinedProgram, inspector: ConfinedProgram, toolchain: Toolchain
    ) -> None:
        self._confinement = confinement
        self._packer = packer
        self._inspector = inspector
        self._toolchain = toolchain
        self.stop = threading.Event()

    def until(self, stop: threading.Event) -> Self:
        """See `Interruptible.until`: what runs confined is killed."""
        one = copy(self)
        one.stop = stop
        return one

    @property
    def isolation(self) -> Isolation:
        """How both are kept from the host on this machine, found out by trying when the builder was made."""
        return self._confinement.isolation

    @property
    def toolchain(self) -> Toolchain:
        """What makes bundles."""
        return self._toolchain

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """Build one bundle into `request.bundle`, which appears there only when it is whole and on disk.

        Raises:
            Permanent: the source cannot be built, or it went beyond a limit; says which and how large it was.
            Transient: the sandbox could not be started, or source or bundle could not be read or written.
            Stopped: it was told to.
            ProgramFailed: the packer itself failed, through no fault of the source.
        """
        self._run(Job(self._packer, request.limits), request.source, request.bundle, log)

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        """Look into one bundle, and write what is found into `request.findings`.

        Raises:
            Permanent: the bundle breaks a rule, or its inspection went beyond a limit.
            Transient: the sandbox could not be started, or material or findings could not be read or written.
            Stopped: it was told to.
            ProgramFailed: the inspector itself failed.
        """
        self._run(Job(self._inspector, request.limits), request.material, request.findings, log)

    def _run(self, job: Job, source: Path, output: Path, log: LogSink) -> None:
        with confined.whole_output(source, output) as (reading, writing):
            with self._confinement.start(job) as running:
                ended = supervise(running, job.limits, source=reading, bundle=writing, log=log, stop=self.stop)
            confined.judge(ended, job.limits)


class BubblewrapBuilder(ConfinedBuilder):
    """The builder of `use = "bubblewrap"`, which can build in a root tree.

    Args:
        confinement, packer, inspector, toolchain: as above.
        trees: makes root trees.
        tree: the one that is built in, if any.
    """

    def __init__(
        self,
        confinement: Confinement,
        packer: ConfinedProgram,
        inspector: ConfinedProgram,
        toolchain: Toolchain,
        trees: RootTrees,
        tree: rootfs.RootTree | None,
    ) -> None:
        super().__init__(confinement, packer, inspector, toolchain)
        self._trees = trees
        self._tree = tree

    def tend(self) -> None:
        """See `Tended.tend`: ends sandboxes whose ASLO was killed while it made them."""
        orphans.sweep()

    def close(self) -> None:
        """See `Tended.close`: nothing is kept ready."""

    def running_setup(self) -> Builder:
        """See `RunsSetup.running_setup`.

        Raises:
            ConfigError: no root tree is named, and the Python that runs ASLO has no toolkit of Sugar's.
        """
        if self._tree is None:
            raise ConfigError([_NO_TOOLKIT])
        return ConfinedBuilder(self._confinement, setup_program(), self._inspector, setup_toolchain_of(self._tree))

    def image(self) -> BuilderImage:
        """See `Imaged.image`."""
        return self._trees.described()

    def build_image(self, say: Callable[[str], None]) -> BuilderImage:
        """See `Imaged.build_image`."""
        return self._trees.make(say)
