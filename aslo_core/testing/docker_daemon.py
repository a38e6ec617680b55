"""A real Docker daemon for tests: the one that runs, or one started on a private socket with data of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors

from aslo_core.testing.processes import NotInstalled, Restartable, processes_with, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNIX = "unix://"
_DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_ANSWER_SECONDS = 10


@dataclass(frozen=True)
class DockerDaemon:
    """A running Docker daemon.

    Attributes:
        url: where it answers, as `DOCKER_HOST` has it.
        log: its log, or None where it was running before.
        process: stops, kills and starts it, or None where it was running before. What it has stays.
    """

    url: str
    log: Path | None = None
    process: Restartable | None = None

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return Path(self.url.removeprefix(_UNIX))

    def client(self) -> docker.DockerClient:
        """Connect to it; close the client after use."""
        if self.log is None:
            return docker.from_env(timeout=_ANSWER_SECONDS)
        return docker.DockerClient(base_url=self.url, timeout=_ANSWER_SECONDS)

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            if self.url.startswith(_UNIX):
                # First by hand: the client loses its socket where it cannot connect.
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(self.url.removeprefix(_UNIX))
            with closing(self.client()) as client:
                return client.ping()
        except (docker.errors.DockerException, OSError):
            return False


@contextmanager
def run_docker() -> Iterator[DockerDaemon]:
    """Give the daemon of this machine, or start one of our own.

    Our own one makes no networks, since that would change the machine's: containers have none, or the host's.

    Raises:
        NotInstalled: none runs, and none can be started.
        ServerFailed: it did not come up.
    """
    present = DockerDaemon(os.environ.get("DOCKER_HOST", _DEFAULT_SOCKET))
    if present.answers():
        yield present
        return
    with run_private_docker() as own:
        yield own


@contextmanager
def run_private_docker() -> Iterator[DockerDaemon]:
    """Start a daemon that nobody else uses, which may be stopped and killed.

    Raises:
        NotInstalled: none can be started.
        ServerFailed: it did not come up.
    """
    program, beneath = shutil.which("dockerd"), shutil.which("containerd")
    if program is None or beneath is None:
        raise NotInstalled("no Docker daemon answers, nor is there dockerd with containerd: install the package docker.io")
    if os.geteuid() != 0:
        raise NotInstalled("no Docker daemon answers, and only root may start one: start it, or join the group docker")
    # A short path, since a socket's may have 107 bytes (unix(7)) and containerd adds to it.
    with tempfile.TemporaryDirectory(prefix="aslo-docker-") as name:
        folder = Path(name)
        own = DockerDaemon(f"{_UNIX}{folder}/docker.sock", folder / "log")
        namespace = f"aslo-{secrets.token_hex(8)}"  # which may not end with `_`, as the folder's name may
        command = [
            program,
            f"--host={own.url}",
            f"--data-root={folder}/data",
            f"--exec-root={folder}/exec",
            f"--pidfile={folder}/docker.pid",
            f"--containerd={folder}/containerd.sock",
            f"--containerd-namespace={namespace}",
            f"--containerd-plugins-namespace={namespace}-plugins",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ]
        process = Restartable(lambda: running(command, log=folder / "log", is_ready=own.answers))
        try:
            # Beside it, as Debian's packages have it: one that dockerd started itself would be killed with it.
            answers = folder / "containerd.sock"
            with running(_containerd(beneath, folder), log=folder / "containerd.log", is_ready=answers.is_socket):
                try:
                    process.start()
                    yield replace(own, process=process)
                finally:
                    process.stop()
        finally:
            _end_containers(namespace)
            _unmount_below(folder)


def _containerd(program: str, folder: Path) -> list[str]:
    """The command of a containerd that serves one dockerd alone."""
    configuration = folder / "containerd.toml"
    configuration.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n', encoding="utf-8")
    places = {"config": configuration, "address": folder / "containerd.sock"}
    places |= {"root": folder / "containerd", "state": folder / "containerd-state"}
    return [program, *(f"--{name}={place}" for name, place in places.items())]


def _end_containers(namespace: str) -> None:
    """Kill the containers that outlived a daemon that was killed, each with the process that watches over it."""
    for watching in processes_with(f"\0-namespace\0{namespace}\0"):
        # Whatever runs in a container ends with its first process.
        for number in (*_children(watching), watching):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def _children(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [int(number) for task in tasks for number in (task / "children").read_text().split()]
    except FileNotFoundError:  # it ended meanwhile
        return []


def _unmount_below(folder: Path) -> None:
    """Unmount what a daemon that was killed left mounted, innermost first."""
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    for place in sorted((place for place in mounted if place.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False)
