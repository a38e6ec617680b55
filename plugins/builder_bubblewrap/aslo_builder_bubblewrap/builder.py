"""The builder: one job for each build, its output kept only when it is whole."""

from __future__ import annotations

from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.supervision import supervise
from aslo_core.api import BuildRequest, Isolation, LogSink, PackerProgram, Toolchain, confined, packer_toolchain


class ConfinedBuilder:
    """Runs the packer under a confinement.

    Args:
        confinement: how it is kept from the host.
        program: the packer.
    """

    def __init__(self, confinement: Confinement, program: PackerProgram) -> None:
        self._confinement = confinement
        self._program = program

    @property
    def isolation(self) -> Isolation:
        """How builds are kept from the host on this machine, found out by trying when the builder was made."""
        return self._confinement.isolation

    @property
    def toolchain(self) -> Toolchain:
        """ASLO's own packer."""
        return packer_toolchain()

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
