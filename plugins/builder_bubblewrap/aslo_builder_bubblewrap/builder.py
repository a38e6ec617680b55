"""The builder: one job for each build or inspection, its output kept only when it is whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.supervision import supervise
from aslo_builder_bubblewrap.verdict import judge
from aslo_core.api import (
    BuildRequest,
    ConfinedProgram,
    InspectionRequest,
    Isolation,
    LogSink,
    Toolchain,
    Transient,
    packer_toolchain,
)


class ConfinedBuilder:
    """Runs the packer and the inspector under a confinement.

    Args:
        confinement: how they are kept from the host.
        packer: makes bundles.
        inspector: looks into them.
    """

    def __init__(self, confinement: Confinement, packer: ConfinedProgram, inspector: ConfinedProgram) -> None:
        self._confinement = confinement
        self._packer = packer
        self._inspector = inspector

    @property
    def isolation(self) -> Isolation:
        """How both are kept from the host on this machine, found out by trying when the builder was made."""
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
            ProgramFailed: the packer itself failed, through no fault of the source.
        """
        self._run(Job(self._packer, request.limits), request.source, request.bundle, log)

    def inspect(self, request: InspectionRequest, log: LogSink) -> None:
        """Look into one bundle, and write what is found into `request.findings`.

        Raises:
            Permanent: the bundle breaks a rule, or its inspection went beyond a limit.
            Transient: the sandbox could not be started, or material or findings could not be read or written.
            ProgramFailed: the inspector itself failed.
        """
        self._run(Job(self._inspector, request.limits), request.material, request.findings, log)

    def _run(self, job: Job, source: Path, output: Path, log: LogSink) -> None:
        partial = output.with_name(output.name + ".part")
        try:
            self._fill(partial, job, source, log)
            partial.rename(output)
            _sync_folder(output.parent)
        except OSError as error:
            raise Transient(f"what came in could not be read, or what went out not be written: {error}") from error
        finally:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()

    def _fill(self, partial: Path, job: Job, source: Path, log: LogSink) -> None:
        with source.open("rb") as reading, partial.open("wb") as writing:
            with self._confinement.start(job) as running:
                ended = supervise(running, job.limits, source=reading, bundle=writing, log=log)
            judge(ended, job.limits)
            writing.flush()
            os.fsync(writing.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
