"""What a killed ASLO leaves at the daemon is removed, and nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from aslo_builder_docker import DockerBuilder, labels
from aslo_builder_docker.testing import ContainerJail, jail_in, names_of

from aslo_core.api import BuildLimits, Context
from aslo_core.testing.docker_daemon import DockerDaemon

MakeBuilder = Callable[..., DockerBuilder]

ASLO = """
import sys, signal
from pathlib import Path
from aslo_builder_docker.testing import jail_in
from aslo_core.api import BuildLimits
jail = jail_in(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
with jail.containers.one(BuildLimits(), sys.argv[3]) as container:
    print(container.name, flush=True)
    signal.pause()
"""


@pytest.fixture
def other(docker_daemon: DockerDaemon, hostile: tuple[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process of ASLO on the same data directory, and the container that it uses."""
    command = [sys.executable, "-c", ASLO, str(docker_daemon.socket), *hostile, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": ":".join(sys.path)}) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_what_a_killed_process_left_is_removed(
    jail: ContainerJail, other: tuple[subprocess.Popen[str], str], docker_client: docker.DockerClient
) -> None:
    process, left = other
    assert jail.containers.sweep() == []
    assert names_of(jail.containers, docker_client) == {left}
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert jail.containers.sweep() == [left]
    assert names_of(jail.containers, docker_client) == set()


def test_what_is_used_stays(jail: ContainerJail, hostile: tuple[str, str], docker_client: docker.DockerClient) -> None:
    with jail.containers.one(BuildLimits(), hostile[1]) as container:
        assert jail.containers.sweep() == []
        assert names_of(jail.containers, docker_client) == {container.name}


def test_what_could_not_be_removed_is_removed_later(
    jail: ContainerJail, hostile: tuple[str, str], docker_client: docker.DockerClient
) -> None:
    with jail.containers.one(BuildLimits(), hostile[1]) as container:
        name = container.name
        jail.containers._in_use.remove(name)  # as if `discard` had failed
        assert jail.containers.sweep() == [name]
    assert names_of(jail.containers, docker_client) == set()


def test_containers_of_others_stay(
    jail: ContainerJail, docker_daemon: DockerDaemon, hostile: tuple[str, str], tmp_path: Path
) -> None:
    """Of another installation, of another builder of this one, and what nobody labelled."""
    elsewhere = jail_in(docker_daemon.socket, *hostile, tmp_path / "elsewhere").containers
    with elsewhere.one(BuildLimits(), hostile[1]):
        assert jail.containers.sweep() == []


def test_tending_sweeps(
    make_builder: MakeBuilder, context: Context, docker_daemon: DockerDaemon, image: str, docker_client: docker.DockerClient
) -> None:
    builder = make_builder(warm=0)
    carries = {labels.BUILDER: builder.containers.owner, labels.SESSION: "0" * 32}
    left = docker_client.containers.create(image, "/usr/bin/python3.11", labels=carries)
    builder.tend()
    assert left.name not in names_of(builder.containers, docker_client)
