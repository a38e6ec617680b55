"""What a hostile program inside a builder can see and touch: a suite that a builder's tests adopt by a class.

Example::

    class TestReach(ReachContract):
        @pytest.fixture
        def jail(self) -> Cell:
            return ...
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.api import BuildLimits
from aslo_core.testing.escape_attempts import ATTEMPTS, REFUSED, outcomes, program
from aslo_core.testing.jail import Cell

_SECRET = "the data directory"  # noqa: S105 - of no use to anybody
_PATIENCE = BuildLimits(wall_seconds=60)


class ReachContract:
    """What a program can see and touch. Adopt by a subclass that overrides the fixture `jail`."""

    @pytest.fixture
    def jail(self) -> Cell:
        """Override this: what is to hold."""
        raise NotImplementedError("override the fixture `jail`")

    @pytest.fixture
    def open_folder(self) -> Iterator[Path]:
        """A folder of the host that every user may read and write, so that only the jail can be in the way."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o777)
            (folder / "log.db").write_text(_SECRET)
            (folder / "log.db").chmod(0o666)
            yield folder

    @pytest.fixture
    def victim(self) -> Iterator[subprocess.Popen[bytes]]:
        """A process of the host, of the same user as ASLO."""
        with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as process:
            yield process
            process.kill()

    @pytest.fixture
    def listener(self) -> Iterator[socket.socket]:
        """A server on the host's loopback."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server

    def test_every_attempt_is_refused(
        self, jail: Cell, open_folder: Path, victim: subprocess.Popen[bytes], listener: socket.socket
    ) -> None:
        """By the kernel, with an error; an attempt that does not even get that far would prove nothing."""
        with socket.socket(socket.AF_UNIX) as abstract:
            name = f"\0aslo-{os.getpid()}-{time.monotonic_ns()}"
            abstract.bind(name)
            abstract.listen()
            told = {"folder": str(open_folder), "victim": victim.pid, "tcp": listener.getsockname(), "abstract": name}
            attack = jail.run(program(ATTEMPTS, told), _PATIENCE)
        came_of = outcomes(attack.output)
        assert came_of.keys() == ATTEMPTS.keys(), f"{attack.output}{attack.log}{attack.error}"
        assert {name: outcome for name, outcome in came_of.items() if not outcome.startswith(REFUSED)} == {}
        assert victim.poll() is None
        assert {file.name: file.read_text() for file in open_folder.iterdir()} == {"log.db": _SECRET}
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()

    def test_the_environment_holds_no_secrets(self, jail: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither the program's own nor that of a process it can see."""
        monkeypatch.setenv("ASLO_SECRET", "do-not-tell")
        attack = jail.run(
            """
            import glob, os
            print(dict(os.environ))
            for file in glob.glob("/proc/[0-9]*/environ"):
                try:
                    print(open(file, "rb").read())
                except OSError:
                    pass
            """
        )
        assert "HOME" in attack.output
        assert "do-not-tell" not in attack.output

    def test_no_capability_is_left(self, jail: Cell) -> None:
        """Not in any set, nor can a program with capabilities of its own give one."""
        attack = jail.run("print(*[line for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNewPrivs'))])")
        told = {name: value.strip() for name, _, value in (line.strip().partition(":") for line in attack.output.splitlines())}
        assert told.pop("NoNewPrivs") == "1"
        # What may be gained in principle counts for nothing without a program that gives it; the rest is what it has.
        assert {int(told[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}

    def test_there_is_no_network(self, jail: Cell) -> None:
        """Only a loopback that nobody else is on, and that may be down."""
        attack = jail.run("import socket; print([name for _, name in socket.if_nameindex()])")
        assert attack.output.strip() == "['lo']"

    def test_every_mount_but_scratch_is_read_only(self, jail: Cell) -> None:
        """Devices, processes and control groups are no files, and who may write there is tried elsewhere."""
        attack = jail.run("print(open('/proc/self/mountinfo').read())")
        mounts = [line.split() for line in attack.output.splitlines() if line]
        writable = {fields[4] for fields in mounts if "rw" in fields[5].split(",")}
        assert "/" in {fields[4] for fields in mounts}
        assert {place for place in writable if not place.startswith(("/dev", "/proc", "/sys"))} == {"/tmp"}  # noqa: S108
