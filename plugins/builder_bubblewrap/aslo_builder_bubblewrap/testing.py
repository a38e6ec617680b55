"""For tests: runs programs that are up to no good under a confinement, through the very path that the packer takes."""

from __future__ import annotations

import io
import tempfile
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.supervision import supervise
from aslo_core.api import AsloError, BuildLimits, ConfinedProgram, confined
from aslo_core.testing import jail
from aslo_core.testing.processes import all_gone, command_lines_with


@dataclass(frozen=True)
class Attack:
    """What came of a hostile program.

    Attributes:
        ended: how it ended.
        output: what was kept of its standard output.
        log: what was passed on of its standard error.
        limits: what it was held to.
    """

    ended: confined.Ended
    output: str
    log: str
    limits: BuildLimits

    def verdict(self) -> AsloError | None:
        """The error that a build would have ended with."""
        try:
            confined.judge(self.ended, self.limits)
        except AsloError as error:
            return error
        return None


@dataclass(frozen=True)
class Attacker:
    """Writes Python programs and runs them confined.

    Attributes:
        folder: where the programs are, readable to every user.
        module: their name, which no other process has in its command line.
    """

    folder: Path
    module: str

    @classmethod
    @contextmanager
    def hidden(cls) -> Iterator[Attacker]:
        """An attacker in a folder that vanishes."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            yield cls(folder, f"hostile_{uuid.uuid4().hex}")

    def program(self, code: str) -> ConfinedProgram:
        """Write a program that takes the packer's place."""
        file = self.folder / f"{self.module}.py"
        file.write_text(textwrap.dedent(code), encoding="utf-8")
        file.chmod(0o644)
        return ConfinedProgram(module=self.module, readable=(file,), roots=(self.folder,))

    def run(self, confinement: Confinement, code: str, limits: BuildLimits | None = None, source: bytes = b"") -> Attack:
        """Run a program to its end, whoever brings that about."""
        limits = limits or BuildLimits(wall_seconds=30)
        output, log = io.BytesIO(), bytearray()
        with confinement.start(Job(program=self.program(code), limits=limits)) as running:
            ended = supervise(running, limits, source=io.BytesIO(source), bundle=output, log=log.extend)
        return Attack(ended, output.getvalue().decode("utf-8", "replace"), log.decode("utf-8", "replace"), limits)

    def survivors(self) -> list[str]:
        """Command lines of the host's processes that belong to this attack."""
        return command_lines_with(self.module)

    def is_gone(self, seconds: float = 10) -> bool:
        """Whether all is dead in time."""
        return all_gone(self.survivors, seconds)


@dataclass(frozen=True)
class SandboxJail:
    """What the shared suite of escapes runs its programs in.

    Attributes:
        attacker: writes the programs.
        confinement: what is to hold them.
    """

    attacker: Attacker
    confinement: Confinement

    def run(self, code: str, limits: BuildLimits = BuildLimits(wall_seconds=30), source: bytes = b"") -> jail.Attack:  # noqa: B008
        """See `Jail.run`."""
        attack = self.attacker.run(self.confinement, code, limits, source)
        return jail.Attack(attack.output, attack.log, attack.verdict(), attack.ended.seconds)

    def survivors(self) -> list[str]:
        """See `Jail.survivors`."""
        return self.attacker.survivors()
