"""nginx and lighttpd, as Debian ships them, in front of a service or by themselves, each with a configuration of its own."""

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

_NGINX = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {lines}
    }}
}}
"""
_LIGHTTPD = """\
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.upload-dirs = ( "{folder}" )
{lines}
"""


@dataclass(frozen=True)
class WebServer:
    """A running web server.

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
def run_nginx(folder: Path, lines: str) -> Iterator[WebServer]:
    """Run an nginx with one server; its workers are of this process's user, and can read what a test can.

    Args:
        folder: where its configuration, its temporary files and its log are written.
        lines: what stands in the block `server` beside `listen`.

    Raises:
        NotInstalled: there is none on this machine.
        ServerFailed: it did not come up.
    """
    program = find_program("nginx", "nginx-light")
    user = "user root;" if os.geteuid() == 0 else ""
    with ExitStack() as stack:

        def start(port: int) -> WebServer:
            configuration = folder / "nginx.conf"
            configuration.write_text(_NGINX.format(user=user, folder=folder, port=port, lines=lines))
            return stack.enter_context(_run([program, "-p", folder, "-c", configuration], port, folder / "nginx.log"))

        yield on_free_port(start)


@contextmanager
def run_lighttpd(folder: Path, lines: str) -> Iterator[WebServer]:
    """Run a lighttpd as this process's user.

    Args:
        folder: where its configuration, its temporary files and its log are written.
        lines: what stands in its configuration beside address, port and folders.

    Raises:
        NotInstalled: there is none on this machine.
        ServerFailed: it did not come up.
    """
    program = find_program("lighttpd", "lighttpd")
    with ExitStack() as stack:

        def start(port: int) -> WebServer:
            configuration = folder / "lighttpd.conf"
            configuration.write_text(_LIGHTTPD.format(folder=folder, port=port, lines=lines))
            return stack.enter_context(_run([program, "-D", "-f", configuration], port, folder / "lighttpd.log"))

        yield on_free_port(start)


def find_program(name: str, package: str) -> str:
    """Find a server's program.

    Raises:
        NotInstalled: there is none on this machine; the text names its package.
    """
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        raise NotInstalled(f"{name} is not installed: install the package {package}")
    return program


@contextmanager
def _run(command: list[str | Path], port: int, log: Path) -> Iterator[WebServer]:
    server = WebServer(port, log)
    with running(command, log=log, is_ready=server.answers):
        yield server
