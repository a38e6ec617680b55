"""A real daemon and a real image; what is missing skips, and fails in CI."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aslo_builder_docker import DockerBuilder, DockerOptions
from aslo_builder_docker.archive import write_archive
from aslo_builder_docker.builder import create
from aslo_builder_docker.testing import ContainerJail, image_digest, jail_in, make_hostile_image, names_of

from aslo_core.api import Context, rootfs
from aslo_core.testing.docker_daemon import DockerDaemon
from aslo_core.testing.processes import all_gone

SECONDS = 30

MakeBuilder = Callable[..., DockerBuilder]


@pytest.fixture(scope="session")
def image(root_tree: rootfs.RootTree, docker_daemon: DockerDaemon) -> str:
    hand_over(root_tree, docker_daemon)
    return image_digest(root_tree)


@pytest.fixture(scope="session")
def load(root_tree: rootfs.RootTree) -> Callable[[DockerDaemon], None]:
    """Gives another daemon the image."""
    return lambda daemon: hand_over(root_tree, daemon)


@pytest.fixture(scope="session")
def hostile(image: str, docker_daemon: DockerDaemon) -> Iterator[tuple[str, str]]:
    """Digest and program of an image that runs what it is given."""
    with closing(docker_daemon.client()) as client:
        found = make_hostile_image(client.api, image)
        yield found
        client.images.remove(found[0], force=True)


@pytest.fixture
def jail(docker_daemon: DockerDaemon, hostile: tuple[str, str], tmp_path: Path) -> ContainerJail:
    return jail_in(docker_daemon.socket, *hostile, tmp_path)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(name="default", directory=tmp_path, data=tmp_path / "data", public_url="http://127.0.0.1")


@contextmanager
def builders_at(daemon: DockerDaemon, image: str, context: Context) -> Iterator[MakeBuilder]:
    """Gives builders at a daemon, which leave nothing there."""
    made: list[DockerBuilder] = []

    def make(**options: object) -> DockerBuilder:
        made.append(create(DockerOptions.model_validate({"image": image, "socket": daemon.socket} | options), context))
        return made[-1]

    yield make
    with closing(daemon.client()) as client:
        # One that was being made ahead while its builder was closed goes a moment later.
        assert all_gone(lambda: [name for builder in made for name in names_of(builder.containers, client)], SECONDS)


@pytest.fixture
def make_builder(docker_daemon: DockerDaemon, image: str, context: Context) -> Iterator[MakeBuilder]:
    with builders_at(docker_daemon, image, context) as make:
        yield make


@pytest.fixture(scope="module")
def at_work(docker_daemon: DockerDaemon, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerBuilder]:
    """A builder with two containers ready, as it is between one build and the next."""
    folder = tmp_path_factory.mktemp("at_work")
    context = Context(name="default", directory=folder, data=folder / "data", public_url="http://127.0.0.1")
    with builders_at(docker_daemon, image, context) as make, closing(make(warm=2)) as builder:
        builder.tend()
        yield builder


@pytest.fixture
def builder(make_builder: MakeBuilder) -> DockerBuilder:
    return make_builder()


def hand_over(tree: rootfs.RootTree, daemon: DockerDaemon) -> None:
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as archive:
        write_archive(tree, archive, Path(scratch))
        archive.seek(0)
        with closing(daemon.client()) as client:
            client.images.load(archive)
