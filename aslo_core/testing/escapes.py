"""What a hostile program tries inside a builder, and must not get: a suite that a builder's tests adopt by a class.

Example::

    class TestMySandbox(EscapeContract):
        @pytest.fixture
        def jail(self) -> Jail:
            return ...
"""

from __future__ import annotations

import signal

import pytest

from aslo_core.api import BuildLimits, Permanent
from aslo_core.testing.jail import Attack, Jail
from aslo_core.testing.processes import all_gone
from aslo_core.testing.reach import ReachContract


class EscapeContract(ReachContract):
    """Adopt by a subclass that overrides the fixture `jail`. For builders that give a program namespaces of its own.

    Attributes:
        most_processes: how many a fork bomb may have.
    """

    most_processes = 12

    @pytest.fixture
    def jail(self) -> Jail:
        """Override this: what is to hold."""
        raise NotImplementedError("override the fixture `jail`")

    def test_no_open_file_is_inherited(self, jail: Jail) -> None:
        """Three pipes or sockets are all there is."""
        attack = jail.run(
            """
            import os
            for number in range(4096):
                try:
                    print(number, os.readlink(f"/proc/self/fd/{number}").split(":")[0])
                except OSError:
                    pass
            """
        )
        assert {line.split()[0] for line in attack.output.splitlines()} == {"0", "1", "2"}
        assert {line.split()[1] for line in attack.output.splitlines()} <= {"pipe", "socket"}

    def test_processes_of_the_host_cannot_be_seen(self, jail: Jail) -> None:
        """Only its own, and what started it."""
        attack = jail.run("import os; print(len([name for name in os.listdir('/proc') if name.isdigit()]))")
        assert int(attack.output) <= 2  # noqa: PLR2004

    def test_scratch_cannot_be_filled_beyond_its_size(self, jail: Jail) -> None:
        """However many files it is spread over; the limit is named."""
        attack = jail.run(
            """
            written = 0
            try:
                for number in range(100):
                    with open(f"/tmp/{number}", "wb", buffering=0) as file:
                        written += file.write(bytes(100_000))
            finally:
                print(written, flush=True)
            """,
            BuildLimits(wall_seconds=30, scratch_bytes=1 << 20),
        )
        assert 0 < int(attack.output) <= 1 << 20
        assert _rule(attack) == "build.scratch-limit"
        assert str(1 << 20) in str(attack.error)

    def test_no_other_place_can_be_filled(self, jail: Jail) -> None:
        """Not even where a device folder is in memory."""
        attack = jail.run(
            """
            import os
            for folder, folders, _ in os.walk("/"):
                if folder.startswith(("/proc", "/tmp")):
                    folders.clear()
                    continue
                try:
                    open(os.path.join(folder, "new"), "wb").close()
                    print(folder)
                except OSError:
                    pass
            """
        )
        assert attack.error is None or "wrote nothing" in str(attack.error)
        assert attack.output == ""

    def test_a_fork_bomb_stops_at_the_limit(self, jail: Jail) -> None:
        """And all of it dies with the build."""
        attack = jail.run(
            """
            import os, signal
            count = 1
            try:
                while count < 500:
                    if os.fork() == 0:
                        signal.pause()
                    count += 1
            except BlockingIOError:
                print(count, flush=True)
            """,
            BuildLimits(wall_seconds=30, processes=self.most_processes),
        )
        assert 0 < int(attack.output) <= self.most_processes
        assert all_gone(jail.survivors)

    def test_a_memory_bomb_is_the_fault_of_the_source(self, jail: Jail) -> None:
        """The limit is named."""
        attack = jail.run(
            "hoard = [bytes(10_000_000) for _ in range(1000)]", BuildLimits(wall_seconds=30, memory_bytes=200 << 20)
        )
        assert _rule(attack) == "build.memory-limit"
        assert str(200 << 20) in str(attack.error)

    @pytest.mark.parametrize("defence", ["", "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)"])
    def test_an_endless_loop_is_ended_by_its_processor_time(self, jail: Jail, defence: str) -> None:
        """Whether it hears the warning or not."""
        attack = jail.run(f"{defence}\nwhile True: pass", BuildLimits(wall_seconds=60, cpu_seconds=1))
        assert _rule(attack) == "build.cpu-limit"

    def test_an_endless_wait_is_ended_by_the_clock(self, jail: Jail) -> None:
        """Also when it ignores every signal that it may ignore."""
        attack = jail.run(
            """
            import signal
            for number in (1, 2, 3, 15):
                signal.signal(number, signal.SIG_IGN)
            while True:
                signal.pause()
            """,
            BuildLimits(wall_seconds=1),
        )
        assert _rule(attack) == "build.time-limit"
        assert attack.seconds < 10  # noqa: PLR2004
        assert all_gone(jail.survivors)

    def test_an_endless_bundle_is_not_counted_for_ever(self, jail: Jail) -> None:
        """It is ended when its true size is of no interest any more."""
        attack = jail.run("import os\nwhile True: os.write(1, bytes(4096))", BuildLimits(wall_seconds=60, bundle_bytes=100_000))
        assert _rule(attack) == "build.bundle-limit"
        assert len(attack.output) == 100_000  # noqa: PLR2004

    def test_a_flood_of_log_is_cut_and_holds_nothing_up(self, jail: Jail) -> None:
        """Nobody's memory or disk fills with what is written faster than it is wanted."""
        attack = jail.run(
            """
            import sys
            for _ in range(3000):
                sys.stderr.write("x" * 10_000)
            print("done")
            """,
            BuildLimits(wall_seconds=60, log_bytes=1000),
        )
        assert attack.output == "done\n"
        assert attack.log == "x" * 1000 + "\n[29999000 bytes of log beyond the limit of 1000 bytes were dropped]\n"

    def test_what_it_leaves_behind_dies_with_it(self, jail: Jail) -> None:
        """A process that has left its session and ignores signals."""
        attack = jail.run(
            """
            import os, signal
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    for number in (1, 15):
                        signal.signal(number, signal.SIG_IGN)
                    os.write(1, b"here")
                    os.close(1)
                    signal.pause()
                os._exit(0)
            os.wait()
            """
        )
        assert attack.seconds < signal.SIGTERM + 5
        assert all_gone(jail.survivors)

    def test_the_end_of_output_is_not_success(self, jail: Jail) -> None:
        """The exit status is."""
        attack = jail.run("import os; os.write(1, b'PK'); os.close(1); os.close(2); os._exit(3)")
        assert "status 3" in str(attack.error)


def _rule(attack: Attack) -> str:
    assert isinstance(attack.error, Permanent), f"{attack.error!r} {attack.log}"
    return attack.error.rule
