"""Hostile programs in a container: what each tries must come to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aslo_builder_docker.container import Container
from aslo_builder_docker.testing import ContainerJail, jail_in

from aslo_core.api import BuildLimits, Permanent
from aslo_core.testing.docker_daemon import DockerDaemon
from aslo_core.testing.escapes import EscapeContract
from aslo_core.testing.jail import Jail


class TestContainer(EscapeContract):
    """With the daemon's default runtime."""

    @pytest.fixture
    def jail(self, jail: ContainerJail) -> Jail:  # type: ignore[override]
        return jail


class TestNarrowedContainer(EscapeContract):
    """One that waited for a build, and was given to an inspection."""

    most_processes = BuildLimits().processes  # only to work of as many is a waiting container given

    @pytest.fixture
    def jail(self, docker_daemon: DockerDaemon, hostile: tuple[str, str], tmp_path: Path) -> Jail:
        containers = jail_in(docker_daemon.socket, *hostile, tmp_path, warm=1).containers

        @contextmanager
        def the_one_that_waits(limits: BuildLimits, program: str) -> Iterator[Container]:
            containers.tend()
            with containers.one_holding(limits, program) as container:
                containers.close()  # no other takes its place, which would look like a survivor
                yield container

        return ContainerJail(containers, hostile[1], the_one_that_waits)

    def test_scratch_cannot_be_filled_beyond_its_size(self, jail: Jail) -> None:
        """Not beyond that of memory and scratch together; one file cannot be larger than scratch."""
        attack = jail.run(
            """
            import os
            for number in range(100):
                with open(f"/tmp/{number}", "wb", buffering=0) as file:
                    file.write(bytes(20 << 20))
                os.write(1, b".")
            """,
            BuildLimits(wall_seconds=30, memory_bytes=80 << 20, scratch_bytes=20 << 20),
        )
        assert len(attack.output) < 5
        assert isinstance(attack.error, Permanent)
        assert attack.error.rule == "build.memory-limit"
        one = jail.run("open('/tmp/1', 'wb').write(bytes(2 << 20))", BuildLimits(scratch_bytes=1 << 20))
        assert isinstance(one.error, Permanent)
        assert one.error.rule == "build.scratch-limit"
