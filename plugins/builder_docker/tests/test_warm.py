"""Containers are started ahead, each is used once, and none is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from aslo_builder_docker import DockerBuilder
from aslo_builder_docker.shape import INSPECTOR
from aslo_builder_docker.testing import names_of

from aslo_core.api import Builder, BuildLimits, Permanent
from aslo_core.testing.builder import SOURCE, Build, BuilderContract

MakeBuilder = Callable[..., DockerBuilder]


@pytest.fixture
def tended(make_builder: MakeBuilder) -> Iterator[DockerBuilder]:
    """A builder with two containers ready."""
    builder = make_builder(warm=2)
    builder.tend()
    yield builder
    builder.close()


class TestWarmContainers(BuilderContract):
    """They do what those made for a build do, whatever the builds before were."""

    @pytest.fixture
    def builder(self, at_work: DockerBuilder) -> Builder:
        return at_work


def ready(builder: DockerBuilder, client: docker.DockerClient) -> set[str]:
    return names_of(builder.containers, client, running=True)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_are_ready_before_anybody_asks(tended: DockerBuilder, docker_client: docker.DockerClient) -> None:
    assert len(ready(tended, docker_client)) == 2


def test_tending_again_makes_no_more(tended: DockerBuilder, docker_client: docker.DockerClient) -> None:
    before = ready(tended, docker_client)
    tended.tend()
    assert ready(tended, docker_client) == before


def test_a_build_uses_one_up_and_another_takes_its_place(
    tended: DockerBuilder, docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    before = ready(tended, docker_client)
    Build(tended, tmp_path).of(SOURCE)
    until(lambda: len(ready(tended, docker_client) - before) == 1 and len(ready(tended, docker_client)) == 2)


def test_one_that_died_while_it_waited_is_not_used(
    tended: DockerBuilder, docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    for name in ready(tended, docker_client):
        docker_client.containers.get(name).kill()
    assert Build(tended, tmp_path).of(SOURCE)


def test_other_limits_take_other_containers(tended: DockerBuilder, docker_client: docker.DockerClient, tmp_path: Path) -> None:
    """And those are what is kept ready from then on."""
    before = ready(tended, docker_client)
    with pytest.raises(Permanent, match="1048576"):
        Build(tended, tmp_path).of({**SOURCE, "data/noise": bytes(6 << 20)}, BuildLimits(scratch_bytes=1 << 20))
    until(lambda: len(ready(tended, docker_client)) == 2 and not ready(tended, docker_client) & before)
    memory = {docker_client.containers.get(name).attrs["HostConfig"]["Memory"] for name in ready(tended, docker_client)}
    assert memory == {BuildLimits().memory_bytes + (1 << 20)}


def test_an_inspection_uses_one_up_as_well(tended: DockerBuilder, docker_client: docker.DockerClient, tmp_path: Path) -> None:
    """Build and inspection each take one of the two, and two others wait from then on."""
    before = ready(tended, docker_client)
    Build(tended, tmp_path).inspected(SOURCE)
    until(lambda: len(ready(tended, docker_client)) == 2 and not ready(tended, docker_client) & before)
    memory = {docker_client.containers.get(name).attrs["HostConfig"]["Memory"] for name in ready(tended, docker_client)}
    assert memory == {BuildLimits().memory_bytes + BuildLimits().scratch_bytes}


def test_one_that_waits_is_narrowed_to_what_an_inspection_may_use(
    tended: DockerBuilder, docker_client: docker.DockerClient
) -> None:
    before = ready(tended, docker_client)
    limits = BuildLimits(cpu_seconds=20, memory_bytes=256 << 20, scratch_bytes=20 << 20)
    with tended.containers.one_holding(limits, INSPECTOR) as container:
        assert container.name in before
        host = docker_client.containers.get(container.name).attrs["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == (256 + 20) << 20


@pytest.mark.parametrize(
    "limits",
    [
        BuildLimits(scratch_bytes=BuildLimits().scratch_bytes + 1),
        BuildLimits(memory_bytes=BuildLimits().memory_bytes + 1),
        BuildLimits(cpu_seconds=BuildLimits().cpu_seconds + 1),
        BuildLimits(processes=BuildLimits().processes - 1),
    ],
)
def test_what_an_inspection_cannot_have_in_those_that_wait_takes_another(
    tended: DockerBuilder, docker_client: docker.DockerClient, limits: BuildLimits
) -> None:
    """And those that wait go on waiting for builds."""
    before = ready(tended, docker_client)
    with tended.containers.one_holding(limits, INSPECTOR) as container:
        assert container.name not in before
    assert before <= ready(tended, docker_client)


def test_without_tending_none_is_kept(make_builder: MakeBuilder, docker_client: docker.DockerClient, tmp_path: Path) -> None:
    """Who only checks a configuration, or builds once, leaves nothing."""
    builder = make_builder(warm=2)
    Build(builder, tmp_path).of(SOURCE)
    assert ready(builder, docker_client) == set()


def test_nothing_is_left_after_closing(tended: DockerBuilder, docker_client: docker.DockerClient, tmp_path: Path) -> None:
    Build(tended, tmp_path).of(SOURCE)
    tended.close()
    until(lambda: names_of(tended.containers, docker_client) == set())
    assert Build(tended, tmp_path).of(SOURCE)
