"""What the Docker builder costs, against the bare packer in a container that waits, and against `docker run`.

python -m bench.build_docker [SOURCE_FOLDER]
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import docker
from aslo_builder_docker import DockerBuilder, DockerOptions
from aslo_builder_docker.archive import write_archive
from aslo_builder_docker.shape import PROGRAMS
from aslo_builder_docker.testing import image_digest, names_of

from aslo_core.api import rootfs
from aslo_core.bundle.program import ConfinedProgram
from aslo_core.testing.docker_daemon import DockerDaemon, run_docker
from aslo_core.testing.processes import NotInstalled, ServerFailed
from aslo_core.types import Context
from bench.builds import LIMITS, built_by, overhead, sources, tell_load, throughput

PACKER = PROGRAMS["packer"]
_AT_REST_SECONDS = 0.5


def main(given: str | None = None) -> None:
    try:
        with run_docker() as daemon:
            measure(daemon, given)
    except (NotInstalled, ServerFailed) as error:
        print(f"not measured: {error}")


def measure(daemon: DockerDaemon, given: str | None) -> None:
    with tempfile.TemporaryDirectory() as name, closing(daemon.client()) as client:
        folder = Path(name)
        image = load(client, folder)
        options = DockerOptions(image=image, socket=daemon.socket)
        context = Context(name="bench", directory=folder, data=folder / "data", public_url="http://127.0.0.1")
        builder = DockerBuilder(options, context)
        ours = built_by(builder, folder)
        activities = sources(folder, given)
        print(f"builds by Docker ({builder.isolation.detail}), {options.warm} containers warm")
        tell_load()

        def settle() -> None:
            while len(names_of(builder.containers, client, running=True)) < options.warm:
                time.sleep(_AT_REST_SECONDS / 10)
            time.sleep(_AT_REST_SECONDS)

        def alone(source: Path) -> None:
            tool_alone(builder, source)

        def docker_run(source: Path) -> None:
            with source.open("rb") as tar, tempfile.TemporaryFile() as bundle:
                subprocess.run(command(daemon, image), stdin=tar, stdout=bundle, stderr=subprocess.DEVNULL, check=True)

        builder.tend()
        try:
            for what, source in activities.items():
                overhead(what, ours, "bare packer in a container that waits", alone, source, settle)
            throughput(ours, "docker run", docker_run, next(iter(activities.values())))
        finally:
            builder.close()
        tell_load()


def load(client: docker.DockerClient, folder: Path) -> str:
    tree = rootfs.make_tree(folder / "tree", lambda _: None)
    with tempfile.TemporaryFile() as archive:
        write_archive(tree, archive, folder)
        archive.seek(0)
        client.images.load(archive)
    return image_digest(tree)


def command(daemon: DockerDaemon, image: str) -> list[str]:
    limits = ["--pids-limit=64", "--memory=2g", "--memory-swap=2g", "--cpus=1", "--user=1000:1000", "--log-driver=none"]
    denied = ["--network=none", "--ipc=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    scratch = f"--tmpfs=/tmp:size={LIMITS.scratch_bytes},mode=1777,nosuid,nodev,noexec"
    packer = ConfinedProgram(PACKER, readable=(), roots=(rootfs.PROGRAMS,)).command(rootfs.PYTHON)
    return ["docker", "--host", daemon.url, "run", "--interactive", "--rm", *denied, *limits, scratch, image, *packer]


def tool_alone(builder: DockerBuilder, source: Path) -> None:
    """Feed a container that waits, and take what it writes, up to the last byte: no limits, nothing is checked or kept."""
    with builder.containers.one(LIMITS, PACKER) as container:
        container.socket.setblocking(True)
        container.socket.sendall(source.read_bytes())
        container.socket.shutdown(socket.SHUT_WR)
        while container.socket.recv(1 << 16):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
