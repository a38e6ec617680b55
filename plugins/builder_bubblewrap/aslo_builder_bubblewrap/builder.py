"""The builder: one job for each build, its output kept only when it is whole."""

from __future__ import annotations

from collections.abc import Callable

from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.root_tree import RootTrees
from aslo_builder_bubblewrap.supervision import supervise
from aslo_core.api import BuilderImage, BuildRequest, Isolation, LogSink, PackerProgram, Toolchain, confined


class ConfinedBuilder:
    """Runs the packer under a confinement.

    Args:
        confinement: how it is kept from the host.
        program: the packer.
        toolchain: what it is.
    """

    def __init__(self, confinement: Confinement, program: PackerProgram, toolchain: Toolchain) -> None:
        self._confinement = confinement
        self._program = program
        self._toolchain = toolchain

    @property
    def isolation(self) -> Isolation:
        """How builds are kept from the host on this machine, found out by trying when the builder was made."""
        return self._confinement.isolation

    @property
    def toolchain(self) -> Toolchain:
        """ASLO's own packer."""
        return self._toolchain

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """Build one bundle into `request.bundle`, which appears there only when it is whole and on disk.

        Raises:
            Permanent: the source cannot be built, or it went beyond a limit; says which and how large it was.
            Transient: the sandbox could not be started, or source or bundle could not be read or written.
            confined.PackerFailed: the packer itself failed, through no fault of the source.
        """
        job = Job(program=self._program, limits=request.limits)
        with confined.whole_bundle(request) as (source, bundle):
            with self._confinement.start(job) as running:
                ended = supervise(running, request.limits, source=source, bundle=bundle, log=log)
            confined.judge(ended, request.limits)


class BubblewrapBuilder(ConfinedBuilder):
    """The builder of `use = "bubblewrap"`, which can build in a root tree.

    Args:
        confinement, program, toolchain: as above.
        trees: makes root trees.
    """

    def __init__(self, confinement: Confinement, program: PackerProgram, toolchain: Toolchain, trees: RootTrees) -> None:
        super().__init__(confinement, program, toolchain)
        self._trees = trees

    def image(self) -> BuilderImage:
        """See `Imaged.image`."""
        return self._trees.described()

    def build_image(self, say: Callable[[str], None]) -> BuilderImage:
        """See `Imaged.build_image`."""
        return self._trees.make(say)
