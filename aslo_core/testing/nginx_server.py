"""nginx, as Debian ships it, with a configuration of its own, in front of a service or as a web server by itself."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aslo_core.testing.processes import NotInstalled, on_free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    {temporary}
    server {{
        listen 127.0.0.1:{port};
        {server}
    }}
}}
"""


@dataclass(frozen=True)
class NginxServer:
    """A running nginx.

    Attributes:
        port: its port on 127.0.0.1.
        log: its log.
    """

    port: int
    log: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether it listens."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False


@contextmanager
def run_nginx(folder: Path, server: str) -> Iterator[NginxServer]:
    """Run an nginx with one server, whose workers are of this process's user, so that they can read a test's files.

    Args:
        folder: where its configuration, its temporary files and its log are written.
        server: what stands in the block `server` beside `listen`.

    Raises:
        NotInstalled: there is none on this machine.
        ServerFailed: it did not come up.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise NotInstalled("nginx is not installed: install the package nginx-light")
    with ExitStack() as stack:
        yield on_free_port(lambda port: stack.enter_context(_run(program, folder, server, port)))


@contextmanager
def _run(program: str, folder: Path, server: str, port: int) -> Iterator[NginxServer]:
    nginx = NginxServer(port, folder / "nginx.log")
    configuration = folder / "nginx.conf"
    temporary = "\n    ".join(f"{kind}_temp_path {folder}/{kind};" for kind in _TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(
        _CONFIGURATION.format(user=user, folder=folder, temporary=temporary, port=port, server=server)
    )
    command = [program, "-p", folder, "-c", configuration]
    with running(command, log=nginx.log, is_ready=nginx.answers):
        yield nginx
