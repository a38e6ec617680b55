"""For tests: hostile programs in the packer's place, in containers that are made, fed and judged as those of builds are."""

from __future__ import annotations

import hashlib
import io
import tarfile
import textwrap
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import docker

from aslo_builder_docker import labels
from aslo_builder_docker.archive import image_config
from aslo_builder_docker.container import Container
from aslo_builder_docker.containers import Containers
from aslo_builder_docker.engine import Engine
from aslo_builder_docker.options import DockerOptions
from aslo_builder_docker.supervision import supervise
from aslo_core.api import AsloError, BuildLimits, Context, confined, rootfs
from aslo_core.testing.jail import Attack
from aslo_core.testing.processes import command_lines_with

_RUNS_WHAT_IT_IS_GIVEN = """
import os

def given():
    size = b""
    while not size.endswith(b"\\n"):
        size += os.read(0, 1)
    code, left = b"", int(size)
    while left:
        piece = os.read(0, left)
        code, left = code + piece, left - len(piece)
    return compile(code, "<hostile>", "exec")

if __name__ == "__main__":
    exec(given(), {"__name__": "__main__"})
"""


Giving = Callable[[BuildLimits, str], AbstractContextManager[Container]]


class ContainerJail:
    """Runs hostile programs in containers.

    Args:
        containers: made of an image with `program` in it.
        program: the module that runs what it is given; containers import it ahead, so that their command lines name it, and no
            others.
        giving: gives the containers, as `Containers.one` does; that one, if nothing else is said.
    """

    def __init__(self, containers: Containers, program: str, giving: Giving | None = None) -> None:
        self.containers = containers
        self._program = program
        self._giving = giving or containers.one

    def run(
        self,
        code: str,
        limits: BuildLimits = BuildLimits(wall_seconds=30),  # noqa: B008
        source: bytes = b"",
        once_it_speaks: Callable[[str], None] | None = None,
    ) -> Attack:
        """See `Jail.run`; `once_it_speaks` is called with the container's name when it first writes to standard error."""
        written = textwrap.dedent(code).encode()
        given = b"%d\n%s%s" % (len(written), written, source)
        output, log, error = io.BytesIO(), bytearray(), None
        begun = time.monotonic()
        try:
            with self._giving(limits, self._program) as container:

                def hear(piece: bytes) -> None:
                    if not log and once_it_speaks is not None:
                        once_it_speaks(container.name)
                    log.extend(piece)

                ended = supervise(container, limits, source=io.BytesIO(given), bundle=output, log=hear)
            confined.judge(ended, limits)
        except AsloError as reason:
            error = reason
        seconds = time.monotonic() - begun
        return Attack(output.getvalue().decode("utf-8", "replace"), log.decode("utf-8", "replace"), error, seconds)

    def survivors(self) -> list[str]:
        """See `Jail.survivors`."""
        return command_lines_with(self._program)


def make_hostile_image(api: docker.APIClient, image: str) -> tuple[str, str]:
    """Make an image that is like another one, with a program beside the packer, and give its digest and the program."""
    program = f"hostile_{uuid4().hex}"
    context = io.BytesIO()
    files = {"Dockerfile": f"FROM {image}\nCOPY {program}.py {rootfs.PROGRAMS}/\n", f"{program}.py": _RUNS_WHAT_IT_IS_GIVEN}
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    context.seek(0)
    tag = f"aslo-{program}"
    for said in api.build(fileobj=context, custom_context=True, tag=tag, rm=True, decode=True):
        if "error" in said:
            raise RuntimeError(said["error"])
    return api.inspect_image(tag)["Id"], program  # type: ignore[no-untyped-call]


def jail_in(socket: Path, image: str, program: str, data: Path, **options: object) -> ContainerJail:
    """A jail whose containers are made of an image of `hostile_image`."""
    chosen = DockerOptions.model_validate({"socket": socket, "image": image, "warm": 0} | options)
    context = Context(name="jail", directory=data, data=data, public_url="http://127.0.0.1")
    return ContainerJail(Containers(Engine(socket), chosen, context, preload=(program,)), program)


def names_of(containers: Containers, client: docker.DockerClient, *, running: bool = False) -> set[str]:
    """Names of a builder's containers at the daemon, which others may use at the same time."""
    label = f"{labels.BUILDER}={containers.owner}"
    found = client.containers.list(all=not running, filters={"label": label}, ignore_removed=True)
    return {str(container.name) for container in found}


def image_digest(tree: rootfs.RootTree) -> str:
    """Digest of the image of a tree: `sha256:` and 64 digits. A daemon that stores as containerd does has another."""
    return f"sha256:{hashlib.sha256(image_config(tree)).hexdigest()}"
