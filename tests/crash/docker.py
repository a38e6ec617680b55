"""A Docker daemon of a case's own, which has the image that bundles are built in and may be killed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aslo_builder_docker import labels
from aslo_builder_docker.archive import write_archive
from aslo_builder_docker.testing import image_digest

from aslo_core.rootfs import RootTree
from aslo_core.testing.docker_daemon import DockerDaemon, run_private_docker


@dataclass(frozen=True)
class Docker:
    """A daemon with the image.

    Attributes:
        daemon: runs, or is just being started again.
        image: digest of the image.
    """

    daemon: DockerDaemon
    image: str

    @property
    def builder(self) -> str:
        """Lines of the builder's table."""
        return f'use = "docker"\nimage = "{self.image}"\nsocket = "{self.daemon.socket}"'

    def containers(self, *states: str) -> list[str]:
        """Names of all that ASLO has made, in any of these states, or in whatever state."""
        with closing(self.daemon.client()) as client:
            wanted = {"label": labels.BUILDER, **({"status": list(states)} if states else {})}
            found = client.containers.list(all=True, filters=wanted, ignore_removed=True)
            return [f"{container.name} ({container.status})" for container in found]


@contextmanager
def docker(tree: RootTree) -> Iterator[Docker]:
    """Run a daemon, and hand it the image of a root tree.

    Raises:
        NotInstalled: none can be started.
        ServerFailed: it did not come up.
    """
    with run_private_docker() as daemon:
        with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as archive, closing(daemon.client()) as client:
            write_archive(tree, archive, Path(scratch))
            archive.seek(0)
            client.images.load(archive)
        yield Docker(daemon, image_digest(tree))
