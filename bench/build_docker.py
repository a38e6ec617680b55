"""What Docker costs: builds against the bare tool in the same container and `docker run`: `python -m bench.build_docker`.

python -m bench.build_docker [SOURCE_FOLDER]
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from aslo_builder_docker import DockerBuilder, DockerOptions
from aslo_builder_docker.archive import image_digest, write_archive
from aslo_builder_docker.shape import Shape

from aslo_core.api import rootfs
from aslo_core.bundle.source import write_source_tar
from aslo_core.testing.docker_daemon import DockerDaemon, run_docker
from aslo_core.types import BuildLimits, BuildRequest, Context

RUNS = 9
BATCH = 24
EXAMPLE = Path(__file__).parent.parent / "examples" / "fraction-garden"
LIMITS = BuildLimits()


def main() -> None:
    example = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE
    with run_docker() as daemon, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = load(daemon, folder)
        source = folder / "source.tar"
        files = sorted(path.relative_to(example).as_posix() for path in example.rglob("*") if path.is_file())
        write_source_tar(example, files, source)
        context = Context(name="bench", directory=folder, data=folder / "data", public_url="http://127.0.0.1")

        def builder(warm: int) -> DockerBuilder:
            return DockerBuilder(DockerOptions(image=image, socket=daemon.socket, warm=warm), context)

        def build(with_: DockerBuilder) -> None:
            bundle = folder / f"{time.monotonic_ns()}.xo"
            with_.build(BuildRequest(source=source, bundle=bundle, limits=LIMITS), lambda _: None)

        def docker_run() -> None:
            with source.open("rb") as tar:
                subprocess.run(
                    command(daemon, image), stdin=tar, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
                )

        cold, warm = builder(0), builder(1)
        warm.tend()
        alone = statistics.median(tool_alone(cold, source.read_bytes()) for _ in range(RUNS))
        times = {
            "docker run": [seconds(docker_run) for _ in range(RUNS)],
            "cold": [seconds(lambda: build(cold)) for _ in range(RUNS)],
            "warm": [seconds(lambda: build(warm), settle=1.5) for _ in range(RUNS)],
        }
        warm.close()
        for what, taken in times.items():
            median = statistics.median(taken)
            against = f"{median / alone:.2f} of the bare tool in a started container"
            print(
                f"{what}: median {median:.3f} s, {against}, {median / statistics.median(times['docker run']):.2f} of docker run"
            )
        for at_once in (1, 2, 4):
            ahead = builder(at_once)
            ahead.tend()
            base = per_minute(docker_run, at_once)
            rates = {"cold": per_minute(lambda: build(cold), at_once), "warm": per_minute(lambda: build(ahead), at_once)}  # noqa: B023
            ahead.close()
            told = ", ".join(f"{what} {rate:.0f} ({rate / base:.2f})" for what, rate in rates.items())
            print(f"{at_once} at once, builds a minute: docker run {base:.0f}, {told}")


def load(daemon: DockerDaemon, folder: Path) -> str:
    tree = rootfs.make_tree(folder / "tree", lambda _: None)
    with tempfile.TemporaryFile() as archive, closing(daemon.client()) as client:
        write_archive(tree, archive, folder)
        archive.seek(0)
        client.images.load(archive)
    return image_digest(tree)


def command(daemon: DockerDaemon, image: str) -> list[str]:
    limits = ["--pids-limit=64", "--memory=2g", "--memory-swap=2g", "--cpus=1", "--user=1000:1000", "--log-driver=none"]
    denied = ["--network=none", "--ipc=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    scratch = f"--tmpfs=/tmp:size={LIMITS.scratch_bytes},mode=1777,nosuid,nodev,noexec"
    run = "import sys, runpy; sys.path[:0] = ['/opt/aslo']; runpy.run_module('aslo_core.bundle.packer', run_name='__main__')"
    python = [rootfs.PYTHON, "-I", "-S", "-B", "-c", run]
    return ["docker", "--host", daemon.url, "run", "--interactive", "--rm", *denied, *limits, scratch, image, *python]


def tool_alone(builder: DockerBuilder, source: bytes) -> float:
    """Time from the first byte of the source to the last one of the bundle, with nothing around it."""
    with builder.containers.one(Shape.of(LIMITS)) as container:
        container.socket.setblocking(True)
        started = time.perf_counter()
        container.socket.sendall(source)
        container.socket.shutdown(socket.SHUT_WR)
        while container.socket.recv(1 << 16):
            pass
        return time.perf_counter() - started


def seconds(work: Callable[[], object], settle: float = 0.0) -> float:
    time.sleep(settle)  # so that the next warm container is ready
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def per_minute(work: Callable[[], object], at_once: int) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        for done in [pool.submit(work) for _ in range(BATCH)]:
            done.result()
    return BATCH * 60 / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
