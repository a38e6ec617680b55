"""What can go wrong between ASLO, the daemon and a container, made to happen: each ends soon, and with the right error."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest
from aslo_builder_docker import DockerBuilder
from aslo_builder_docker.engine import DaemonAway, DaemonRefused, ImageAbsent
from aslo_builder_docker.testing import ContainerJail, image_digest, jail_in, make_hostile_image

from aslo_core.api import BuildLimits, ConfigError, Permanent, Transient, rootfs
from aslo_core.testing.builder import SOURCE, Build
from aslo_core.testing.docker_daemon import DockerDaemon, run_private_docker
from aslo_core.testing.processes import NotInstalled, Restartable, all_gone
from aslo_core.testing.services import missing

MakeBuilder = Callable[..., DockerBuilder]
Load = Callable[[DockerDaemon], None]

PAUSE = "import os, signal\nos.write(2, b'running')\nwhile True: signal.pause()"
SOON = 10
ABSENT = "sha256:" + "0" * 64


def test_a_container_that_somebody_kills_is_tried_again(jail: ContainerJail, docker_client: docker.DockerClient) -> None:
    attack = jail.run(PAUSE, once_it_speaks=lambda name: docker_client.containers.get(name).kill())
    assert isinstance(attack.error, Transient)
    assert "killed from outside" in str(attack.error)
    assert attack.seconds < SOON


def test_a_container_that_somebody_removes_is_tried_again(jail: ContainerJail, docker_client: docker.DockerClient) -> None:
    """What comes too late to remove it is no failure either."""
    attack = jail.run(PAUSE, once_it_speaks=lambda name: docker_client.containers.get(name).remove(force=True))
    assert isinstance(attack.error, Transient)
    assert "removed by somebody else" in str(attack.error)
    assert attack.seconds < SOON


def test_a_dead_child_of_a_program_that_ends_well_is_the_limit_of_memory(jail: ContainerJail) -> None:
    """The kernel kills a child for want of memory; the program goes on, writes half a bundle and ends with 0."""
    attack = jail.run(
        """
        import os, signal
        children = []
        for _ in range(3):
            if (child := os.fork()) == 0:
                hoard = bytearray(os.urandom(1)) * (90 << 20)
                signal.pause()
            children.append(child)
        dead, _ = os.wait()
        for child in children:
            if child != dead:
                os.kill(child, signal.SIGKILL)
        os.write(1, b"half a bundle")
        """,
        BuildLimits(wall_seconds=30, memory_bytes=150 << 20, scratch_bytes=50 << 20),
    )
    assert attack.output == "half a bundle"
    assert isinstance(attack.error, Permanent)
    assert attack.error.rule == "build.memory-limit"
    assert str(200 << 20) in attack.error.found


def test_several_processors_use_up_their_time_before_the_clock_has_run_as_long(
    docker_daemon: DockerDaemon, hostile: tuple[str, str], tmp_path: Path
) -> None:
    """The kernel's SIGKILL, for one that does not hear the warning, is told from anybody else's all the same."""
    attack = jail_in(docker_daemon.socket, *hostile, tmp_path, processors=float(os.cpu_count() or 1)).run(
        """
        import hashlib, signal, threading
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        def burn():
            while True:
                hashlib.sha256(bytes(1 << 20)).digest()
        for _ in range(4):
            threading.Thread(target=burn).start()
        """,
        BuildLimits(wall_seconds=60, cpu_seconds=3),
    )
    assert isinstance(attack.error, Permanent)
    assert attack.error.rule == "build.cpu-limit"


@pytest.mark.parametrize("last_words", ["os._exit(3)", "ctypes.string_at(0)", "os.abort()"])
def test_a_source_for_a_program_that_is_dead_holds_nothing_up(jail: ContainerJail, last_words: str) -> None:
    attack = jail.run(f"import ctypes, os\n{last_words}", source=bytes(50 << 20))
    assert attack.error is not None
    assert not isinstance(attack.error, Permanent)
    assert attack.seconds < SOON


def test_a_source_for_a_program_that_is_killed_holds_nothing_up(
    jail: ContainerJail, docker_client: docker.DockerClient
) -> None:
    attack = jail.run(PAUSE, source=bytes(50 << 20), once_it_speaks=lambda name: docker_client.containers.get(name).kill())
    assert isinstance(attack.error, Transient)
    assert attack.seconds < SOON


@pytest.mark.parametrize("closed", ["1, 2", "0, 1, 2"])
def test_one_that_closes_its_streams_and_lives_on_is_ended_by_the_clock(jail: ContainerJail, closed: str) -> None:
    """The end of output is no end; the client's call that waits with a time limit ends as if the connection had failed."""
    attack = jail.run(
        f"import os, signal\nos.write(1, b'PK')\nfor n in ({closed}): os.close(n)\nsignal.pause()", BuildLimits(wall_seconds=2)
    )
    assert isinstance(attack.error, Permanent)
    assert attack.error.rule == "build.time-limit"
    assert attack.output == "PK"


def test_the_daemon_keeps_no_log(jail: ContainerJail, docker_client: docker.DockerClient) -> None:
    """It would fill its disk, whatever the limit of the log."""
    kept = []

    def look(name: str) -> None:
        found = docker_client.containers.get(name).attrs
        kept.append((found["HostConfig"]["LogConfig"]["Type"], found["LogPath"]))

    jail.run("import os\nfor _ in range(100): os.write(2, bytes(10_000))", once_it_speaks=look)
    assert kept == [("none", "")]


def test_an_image_that_is_not_there_is_told_with_its_cure(make_builder: MakeBuilder, tmp_path: Path) -> None:
    builder = make_builder(image=ABSENT)
    for ask in (lambda: Build(builder, tmp_path).of(SOURCE), lambda: builder.isolation, builder.tend, builder.image):
        with pytest.raises(ImageAbsent, match="aslo builder image build"):
            ask()


def test_an_image_that_is_not_named_is_told_with_its_cure(make_builder: MakeBuilder, tmp_path: Path) -> None:
    builder = make_builder(image=None)
    for ask in (lambda: Build(builder, tmp_path).of(SOURCE), lambda: builder.toolchain, builder.tend, builder.image):
        with pytest.raises(ConfigError) as caught:
            ask()
        (problem,) = caught.value.problems
        assert problem.key == "image"
        assert "aslo builder image build" in problem.allowed


def test_a_runtime_that_the_daemon_does_not_know_is_told_with_those_it_knows(make_builder: MakeBuilder, tmp_path: Path) -> None:
    builder = make_builder(runtime="runsc-of-nobody")
    with pytest.raises(ConfigError) as caught:
        builder.tend()
    (problem,) = caught.value.problems
    assert problem.key == "runtime"
    assert "runc" in problem.allowed
    with pytest.raises(DaemonRefused, match="runsc-of-nobody"):
        Build(builder, tmp_path).of(SOURCE)


def test_no_daemon_is_told_with_its_cure(make_builder: MakeBuilder, tmp_path: Path) -> None:
    builder = make_builder(socket=tmp_path / "docker.sock")
    for ask in (lambda: Build(builder, tmp_path).of(SOURCE), lambda: builder.isolation, builder.tend, builder.image):
        with pytest.raises(DaemonAway, match=r"docker.sock.*start it"):
            ask()


@pytest.fixture
def own_daemon(load: Load) -> Iterator[DockerDaemon]:
    """A daemon that may be ended, with the image."""
    try:
        with run_private_docker() as daemon:
            load(daemon)
            yield daemon
    except NotInstalled as error:
        missing(str(error))


@pytest.fixture
def own_jail(own_daemon: DockerDaemon, root_tree: rootfs.RootTree, tmp_path: Path) -> ContainerJail:
    with closing(own_daemon.client()) as client:
        found = make_hostile_image(client.api, image_digest(root_tree))
    return jail_in(own_daemon.socket, *found, tmp_path)


READS = "import os\nos.write(2, b'running')\nwhile os.read(0, 1 << 16): pass"


@pytest.mark.parametrize("how", [Restartable.stop, Restartable.kill])
def test_a_daemon_that_ends_is_tried_again(
    own_daemon: DockerDaemon, own_jail: ContainerJail, how: Callable[[Restartable], None]
) -> None:
    """In the middle of the source."""

    def end(_name: str) -> None:
        assert own_daemon.process is not None
        how(own_daemon.process)

    attack = own_jail.run(READS, source=bytes(50 << 20), once_it_speaks=end)
    assert isinstance(attack.error, Transient), attack
    assert attack.seconds < SOON * 2


def test_a_daemon_that_comes_back_does_not_wait_for_what_ran(own_daemon: DockerDaemon, own_jail: ContainerJail) -> None:
    """It stops all containers of before, each by its own signal, and answers nobody meanwhile."""

    def end(_name: str) -> None:
        assert own_daemon.process is not None
        own_daemon.process.kill()

    own_jail.run(PAUSE, once_it_speaks=end)
    assert own_daemon.process is not None
    assert own_daemon.log is not None
    own_daemon.process.start()
    said = own_daemon.log.read_text()
    assert "Loading containers: done" in said
    assert "failed to exit" not in said


def test_a_daemon_that_hangs_is_tried_again(
    own_daemon: DockerDaemon, own_jail: ContainerJail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for an answer is cut short only while it hangs: before and afterwards it may take its time."""
    assert own_daemon.process is not None
    process = own_daemon.process
    client = own_jail.containers._engine.connected()

    def hang(_name: str) -> None:
        process.signal(signal.SIGSTOP)
        monkeypatch.setattr(client, "timeout", 2)

    attack = own_jail.run(PAUSE, once_it_speaks=hang)
    monkeypatch.undo()
    process.signal(signal.SIGCONT)
    assert isinstance(attack.error, DaemonAway)
    assert attack.seconds < SOON * 2
    own_jail.containers.sweep()
    # The daemon may be at the removal that it was asked for while it hung: that one is just going.
    assert all_gone(own_jail.survivors)
