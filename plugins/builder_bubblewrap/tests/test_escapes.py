"""Hostile programs, run through the very path that the packer takes: what each tries must come to nothing.

What every builder with namespaces of its own has to withstand is in the core's suite; here is what else is true of sandboxes,
and what holds without one.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.runtime import Runtime
from aslo_builder_bubblewrap.testing import Attacker, SandboxJail

from aslo_core.api import BuildLimits, Permanent, confined
from aslo_core.testing.escapes import EscapeContract
from aslo_core.testing.jail import Jail


class TestSandbox(EscapeContract):
    """Both bubblewraps."""

    @pytest.fixture
    def jail(self, attacker: Attacker, sandbox: Confinement) -> Jail:
        return SandboxJail(attacker, sandbox)


TRY = """
import os, sys

def attempt(name, action):
    try:
        result = action()
    except BaseException as error:
        print("refused", name, repr(error))
    else:
        print("DONE", name, result)
"""


def test_files_of_the_host_cannot_be_read(attacker: Attacker, ruled: Confinement, runtime: Runtime, open_folder: Path) -> None:
    secret = open_folder / "log.db"
    secret.write_text("the data directory")
    secret.chmod(0o666)
    paths = [str(secret), "/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/1/environ", f"/proc/{os.getpid()}/environ"]
    attack = attacker.run(
        ruled,
        TRY
        + f"""
for path in {paths!r}:
    attempt(path, lambda: open(path, "rb").read(100))
for folder in ("/etc", "/root/.ssh", "/home", "/sys", "/var", "/boot", {str(open_folder)!r}):
    attempt(folder, lambda: os.listdir(folder))
""",
    )
    assert "refused /etc/passwd" in attack.output
    # Inside a namespace, 1 is a process of the sandbox: what matters is what it shows.
    assert "DONE /proc/1/environ" not in attack.output or "PATH=" not in attack.output
    done = {line.split()[1] for line in attack.output.splitlines() if line.startswith("DONE")}
    # A folder may be there because Python or the program lies below it; the next test holds what it shows.
    on_the_way = {str(folder) for place in (*runtime.readable, attacker.folder) for folder in place.parents}
    assert done <= {"/proc/1/environ"} | on_the_way


def test_home_shows_no_more_than_the_way_to_python(attacker: Attacker, sandbox: Confinement, runtime: Runtime) -> None:
    attack = attacker.run(
        sandbox,
        """
        import os
        for folder, _, files in os.walk("/"):
            for file in files:
                if not folder.startswith(("/proc", "/dev")):
                    print(os.path.join(folder, file))
        """,
    )
    visible = {Path(line) for line in attack.output.splitlines()}
    allowed = (*runtime.readable, attacker.folder)
    assert visible
    assert [path for path in visible if not any(path.is_relative_to(place) for place in allowed)] == []


def test_the_environment_holds_no_secrets(
    attacker: Attacker, confinement: Confinement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASLO_SECRET", "do-not-tell")
    attack = attacker.run(confinement, "import os; print(sorted(os.environ)); print(dict(os.environ))")
    assert "do-not-tell" not in attack.output
    names = set(eval(attack.output.splitlines()[0]))  # noqa: S307
    assert names <= {"HOME", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "PWD", "TMPDIR"}


def test_no_open_file_of_the_host_is_inherited(attacker: Attacker, confinement: Confinement, open_folder: Path) -> None:
    secret = open_folder / "secret"
    secret.write_text("secret")
    with secret.open() as file:
        os.set_inheritable(file.fileno(), True)
        attack = attacker.run(
            confinement,
            """
            import os, stat
            for number in range(4096):
                try:
                    kind = os.fstat(number).st_mode
                except OSError:
                    continue
                print(number, stat.S_ISFIFO(kind))
            """,
        )
    assert attack.output.split() == ["0", "True", "1", "True", "2", "True"]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_server_on_the_host_cannot_be_reached(attacker: Attacker, ruled: Confinement, listener: socket.socket) -> None:
    if ruled.isolation.level == "landlock" and confined.landlock.abi() < confined.landlock.ABI_TCP:
        pytest.skip("this kernel's Landlock has no rules for TCP")
    address = listener.getsockname()
    attack = attacker.run(ruled, TRY + f"import socket\nattempt('tcp', lambda: socket.create_connection({address!r}, 5))")
    assert "refused tcp" in attack.output
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_an_abstract_socket_of_the_host_cannot_be_reached(attacker: Attacker, ruled: Confinement) -> None:
    if ruled.isolation.level == "landlock" and confined.landlock.abi() < confined.landlock.ABI_SCOPES:
        pytest.skip("this kernel's Landlock has no scopes")
    with socket.socket(socket.AF_UNIX) as server:
        name = f"\0{attacker.module}"
        server.bind(name)
        server.listen()
        attack = attacker.run(
            ruled, TRY + f"import socket\ns = socket.socket(socket.AF_UNIX)\nattempt('abstract', lambda: s.connect({name!r}))"
        )
    assert "refused abstract" in attack.output


def test_nothing_can_be_written_but_scratch(
    attacker: Attacker, ruled: Confinement, runtime: Runtime, open_folder: Path
) -> None:
    (open_folder / "old").write_text("old")
    (open_folder / "old").chmod(0o666)
    files = [str(open_folder / "new"), str(open_folder / "old"), str(runtime.folders[0] / "os.py"), str(runtime.executable)]
    folders = ("/", "/dev", "/dev/shm", "/etc", "/proc", "/usr", "/var", "/var/tmp")  # noqa: S108
    files += [*(f"{folder}/new" for folder in folders), "/proc/sys/kernel/hostname", "/etc/passwd"]
    attack = attacker.run(
        ruled,
        TRY
        + f"""
import tempfile
for path in {files!r}:
    attempt(path, lambda: open(path, "r+b" if os.path.exists(path) else "wb"))
attempt(__file__, lambda: open(__file__, "ab"))
attempt("scratch", lambda: tempfile.TemporaryFile().write(b"x"))
""",
    )
    assert [line for line in attack.output.splitlines() if line.startswith("DONE")] == ["DONE scratch 1"]
    assert [file.name for file in open_folder.iterdir()] == ["old"]
    assert (open_folder / "old").read_text() == "old"


def test_modes_of_what_the_host_lends_cannot_be_changed(attacker: Attacker, sandbox: Confinement, runtime: Runtime) -> None:
    """Root of the host would own its devices even in a namespace."""
    attack = attacker.run(
        sandbox,
        TRY
        + f"""
for path in ("/dev/null", "/dev/urandom", {str(runtime.executable)!r}, __file__):
    attempt(path, lambda: os.chmod(path, os.stat(path).st_mode & 0o7777))
    attempt(path, lambda: os.utime(path, (1, 1)))
""",
    )
    assert attack.output.count("refused") == 8


if os.geteuid() != 0:  # the kernel does not count the processes of root

    def test_outside_a_sandbox_no_process_can_be_started(attacker: Attacker, landlocked: Confinement) -> None:
        attack = attacker.run(landlocked, TRY + "attempt('fork', os.fork)")
        assert attack.output.startswith("refused fork BlockingIOError")


def test_a_memory_bomb_is_the_fault_of_the_source(attacker: Attacker, confinement: Confinement) -> None:
    attack = attacker.run(
        confinement, "hoard = [bytes(10_000_000) for _ in range(1000)]", BuildLimits(wall_seconds=30, memory_bytes=200 << 20)
    )
    verdict = attack.verdict()
    assert isinstance(verdict, Permanent)
    assert verdict.rule == "build.memory-limit"
    assert str(200 << 20) in verdict.found


def test_an_endless_wait_is_ended_by_the_clock(attacker: Attacker, confinement: Confinement) -> None:
    attack = attacker.run(confinement, "import signal; signal.pause()", BuildLimits(wall_seconds=1))
    verdict = attack.verdict()
    assert isinstance(verdict, Permanent)
    assert verdict.rule == "build.time-limit"
    assert attack.ended.seconds < 10
    assert attacker.is_gone()


@pytest.mark.parametrize("defence", ["", "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)"])
def test_an_endless_loop_is_ended_by_its_processor_time(attacker: Attacker, confinement: Confinement, defence: str) -> None:
    attack = attacker.run(confinement, f"{defence}\nwhile True: pass", BuildLimits(wall_seconds=60, cpu_seconds=1))
    verdict = attack.verdict()
    assert isinstance(verdict, Permanent)
    assert verdict.rule == "build.cpu-limit"


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as process:
        yield process
        process.kill()


def test_processes_of_the_host_cannot_be_touched(
    attacker: Attacker, ruled: Confinement, victim: subprocess.Popen[bytes]
) -> None:
    if ruled.isolation.level == "landlock" and confined.landlock.abi() < confined.landlock.ABI_SCOPES:
        pytest.skip("this kernel's Landlock has no scopes")
    attack = attacker.run(
        ruled,
        TRY
        + f"""
import ctypes, signal
libc = ctypes.CDLL(None, use_errno=True)
def trace():
    if libc.ptrace(16, {victim.pid}, 0, 0):
        raise OSError(ctypes.get_errno(), "ptrace")
attempt("trace", trace)
attempt("kill", lambda: os.kill({victim.pid}, signal.SIGKILL))
attempt("memory", lambda: open("/proc/{victim.pid}/mem", "rb"))
""",
    )
    assert attack.output.count("refused") == 3
    assert victim.poll() is None


def test_capabilities_are_gone_everywhere(attacker: Attacker, confinement: Confinement) -> None:
    attack = attacker.run(
        confinement,
        """
        import ctypes, os
        header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        libc = ctypes.CDLL(None)
        assert libc.capget(header, sets) == 0
        print(list(sets), libc.prctl(39, 0, 0, 0, 0))
        """,
    )
    assert attack.output.split("]") == ["[0, 0, 0, 0, 0, 0", " 1\n"]


def test_typing_into_the_operators_terminal_is_impossible(attacker: Attacker, confinement: Confinement) -> None:
    attack = attacker.run(
        confinement,
        TRY
        + """
import fcntl, termios
attempt("terminal", lambda: open("/dev/tty", "rb+"))
for number in range(3):
    attempt("type", lambda: fcntl.ioctl(number, termios.TIOCSTI, b"x"))
print(os.getsid(0) == os.getpgid(0))
""",
    )
    assert attack.output.count("refused") == 4
    assert attack.output.endswith("True\n")


def test_everything_dies_with_aslo(attacker: Attacker, confinement: Confinement) -> None:
    """Killed without a chance to clean up, it leaves nothing running."""
    limits = BuildLimits(wall_seconds=100, cpu_seconds=100)
    program = attacker.program("import os, signal; os.write(2, b'running'); signal.pause()")
    code = f"""
import io, os
from pathlib import Path, PosixPath
from aslo_builder_bubblewrap.confinement import Job
from aslo_builder_bubblewrap.restricted import Restricted
from aslo_builder_bubblewrap.runtime import Runtime
from aslo_builder_bubblewrap.sandbox import Sandbox
from aslo_builder_bubblewrap.supervision import supervise
from aslo_core.api import BuildLimits, ConfinedProgram, confined
limits = {limits!r}
with {confinement!r}.start(Job(program={program!r}, limits=limits)) as running:
    supervise(running, limits, source=io.BytesIO(), bundle=io.BytesIO(), log=lambda piece: os.write(1, piece))
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)}) as aslo:
        assert aslo.stdout is not None
        assert aslo.stdout.read(7) == b"running"
        assert attacker.survivors()
        aslo.send_signal(signal.SIGKILL)
    assert attacker.is_gone()
