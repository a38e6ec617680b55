"""Makes containers for builds, each used once and removed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from aslo_builder_docker import labels
from aslo_builder_docker.container import Container
from aslo_builder_docker.engine import Engine
from aslo_builder_docker.options import DockerOptions
from aslo_builder_docker.shape import USER, Program, Shape
from aslo_core.api import ConfigError, ConfigProblem, Context, Isolation, Toolchain


class Containers:
    """The containers of one builder.

    Args:
        engine: the daemon.
        options: the operator's.
        context: the core's.
        program: what runs in them.
    """

    def __init__(self, engine: Engine, options: DockerOptions, context: Context, program: Program) -> None:
        self._engine = engine
        self._options = options
        self._program = program
        self._session = uuid4().hex
        place = hashlib.sha256(str(context.data.resolve()).encode()).hexdigest()[:16]
        self._owner = f"{place}/{context.name}"

    @contextmanager
    def one(self, shape: Shape) -> Iterator[Container]:
        """A container that waits for its source; removed at the end, whatever happens.

        Raises:
            ConfigError: no image is named.
            Transient: the daemon is away or fails, or the image is absent.
            DaemonRefused: the daemon cannot make such a container.
        """
        container = self.make(shape)
        try:
            yield container
        finally:
            container.discard()

    def make(self, shape: Shape) -> Container:
        """Make and start a container of a shape; see `one`."""
        options = self._options
        api = self._engine.connected()
        container = Container(self._engine, f"aslo-{self._session[:12]}-{uuid4().hex[:12]}")
        try:
            container.create(
                image=self.image(),
                command=shape.command(self._program),
                user=f"{USER}:{USER}",
                hostname="sandbox",
                working_dir="/tmp",  # noqa: S108 - inside
                environment={"HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},  # noqa: S108
                stdin_open=True,
                network_disabled=True,
                use_config_proxy=False,
                labels={labels.BUILDER: self._owner, labels.SESSION: self._session},
                host_config=shape.host_config(api, options.processors, options.runtime),
            )
            container.start()
        except BaseException:
            container.discard()
            raise
        return container

    def image(self) -> str:
        """Digest of the image that is pinned.

        Raises:
            ConfigError: none is.
        """
        if self._options.image is None:
            raise ConfigError(
                [
                    ConfigProblem(
                        file="",
                        line=0,
                        key="image",
                        found="no image is named to build in",
                        allowed="run `aslo builder image build`, and write here the digest that it tells",
                    )
                ]
            )
        return self._options.image

    @property
    def isolation(self) -> Isolation:
        """How far these containers are kept from the host."""
        return Isolation(level="container", detail=f"Docker {self._engine.version()}")

    @property
    def toolchain(self) -> Toolchain:
        """What is in the image."""
        image = self._engine.image(self.image())
        said = image["Config"]["Labels"] or {}
        return Toolchain(
            name="aslo-packer", version=said.get(labels.PACKER, ""), runtime=said.get(labels.RUNTIME, ""), image=image["Id"]
        )
