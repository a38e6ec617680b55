"""What `deploy/compose.yaml` starts, started here without containers: its commands, configuration, role and web server."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aslo_core.testing.certificates import make_certificate
from aslo_core.testing.github import deliver
from aslo_core.testing.postgres_server import PostgresServer, run_postgres
from aslo_core.testing.processes import NotInstalled, free_ports, running
from aslo_core.testing.services import missing
from aslo_core.testing.web_servers import find_program
from examples.demo.reading import get_json
from tests.bootstrap.conftest import Installation
from tests.bootstrap.test_parts import CONDUCTS, WORKS
from tests.deploy.conftest import DEPLOY

pytestmark = pytest.mark.timeout(300)

AROUND = """\
daemon off;
{user}
pid {folder}/pid;
error_log stderr notice;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/aslo.conf;
}}
"""
PASSWORD, SECRET = "0f1e2d3c4b5a", "the secret of the webhooks"


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL with the role that the compose file's script makes in it."""
    try:
        with run_postgres() as server:
            yield server
    except NotInstalled as error:
        missing(str(error))


@pytest.fixture
def deployed(
    installation: Installation,
    postgres: PostgresServer,
    redis_url: str,
    compose: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[int, int]:
    """Everything of the compose file but nginx; the ports of its `web` and its `live`."""
    environment = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGPASSWORD": postgres.password,
        "POSTGRES_DB": "aslo",
        "ASLO_DB_PASSWORD": PASSWORD,
    }
    subprocess.run(["createdb", "--username", "postgres", "aslo"], env=os.environ | environment, check=True)
    subprocess.run([DEPLOY / "compose" / "role.sh"], env=os.environ | environment, check=True, capture_output=True)
    port, live_port = free_ports(2)
    text = (DEPLOY / "compose" / "aslo.toml").read_text()
    for there, here in {
        '"0.0.0.0"\nport = 8000': f'"127.0.0.1"\nport = {port}',
        "live_port = 8001": f"live_port = {live_port}",
        "@postgres/": f"@127.0.0.1:{postgres.port}/",
        "redis://redis:6379/0": redis_url,
        "/var/lib/aslo": str(installation.folder / "data"),
        "/srv/bundles": str(installation.folder / "bundles"),
        'use = "git"': f'use = "git"\nallow = ["{installation.repository.path.parent.as_uri()}"]',
    }.items():
        assert text.count(there) == 1, there
        text = text.replace(there, here)
    (installation.folder / "aslo.toml").write_text(text)
    monkeypatch.setenv("ASLO_PUBLIC_URL", "https://aslo.example")
    monkeypatch.setenv("ASLO_DB_PASSWORD", PASSWORD)
    monkeypatch.setenv("ASLO_GITHUB_SECRET", SECRET)
    monkeypatch.setenv("ASLO_GITHUB_OWNER", "sugarlabs")
    services = compose["services"]
    monkeypatch.setenv("ASLO_DB_ADMIN", postgres.url("aslo"))
    made = installation.aslo(*services["upgrade"]["command"])
    monkeypatch.delenv("ASLO_DB_ADMIN")
    assert (made.returncode, made.stderr) == (0, "")
    again = installation.aslo("check")
    assert again.returncode == 0, again.stderr
    installation.start(*services["web"]["command"])
    installation.start(*services["live"]["command"], said="ASLO streams at ")
    installation.start(*services["conductor"]["command"], said=CONDUCTS)
    installation.start(*services["worker"]["command"], said=WORKS)
    return port, live_port


@contextmanager
def nginx(folder: Path, configuration: str, port: int) -> Iterator[None]:
    """Have nginx check a configuration, and run it."""
    folder.mkdir()
    (folder / "aslo.conf").write_text(configuration)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    try:
        program = find_program("nginx", "nginx-light")
    except NotInstalled as error:
        missing(str(error))
    command: list[str | Path] = [program, "-p", folder, "-c", folder / "nginx.conf"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr

    def listens() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
        return False

    with running(command, log=folder / "log", is_ready=listens):
        yield


def fetched(url: str, context: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, context=context, timeout=20) as answer:  # noqa: S310 - an address of the test's own
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read()


def test_a_release_goes_all_the_way_and_is_downloaded_through_nginx(
    installation: Installation, deployed: tuple[int, int], tmp_path: Path
) -> None:
    stream = installation.submit()
    web = installation.serving[0]
    web.url = f"http://127.0.0.1:{deployed[0]}"
    page = web.release(stream)
    assert page["state"] == "published"
    wrote = page["logs"][-1]
    for name, configuration, port, url, context in fronts(*deployed, tmp_path):
        with nginx(tmp_path / f"nginx-{name}", configuration, port):
            status, page = fetched(f"{url}/", context)
            assert (status, b"Star Map" in page) == (200, True), name
            assert fetched(f"{url}/metrics", context)[0] == 403
            download = get_json(f"{web.url}/activities/org.aslo.StarMap")["download"]
            bundle = fetched(f"{url}{urlsplit(download['url']).path}", context)[1]
            assert sha256(bundle).hexdigest() == download["digest"]
            assert fetched(f"{url}/readyz", context)[0] == 200
            streamed = fetched(url + wrote["log_url"].replace("/status/", "/live/"), context)[1].decode()
            assert streamed.endswith("id: end\nevent: end\ndata: \n\n")
            assert all(f"data: {line}\n" in streamed for line in wrote["text"].splitlines())
            if context is None:
                answer = deliver(f"{url}/api/hook", "ping", {"zen": "Design for failure.", "hook_id": 1}, SECRET)
                assert answer.status == 200


def fronts(web: int, live: int, folder: Path) -> Iterator[tuple[str, str, int, str, ssl.SSLContext | None]]:
    """The two configurations of nginx, for addresses of this machine; with TLS, the first machine is gone."""
    port, tls_port, gone = free_ports(3)
    plain = (DEPLOY / "compose" / "nginx.conf").read_text()
    here_instead = {
        "$web web": "$web 127.0.0.1",
        "$web:8000": f"$web:{web}",
        "$live live": "$live 127.0.0.1",
        "$live:8001": f"$live:{live}",
        "listen 80": f"listen 127.0.0.1:{port}",
    }
    for there, here in here_instead.items():
        assert plain.count(there) == 1, there
        plain = plain.replace(there, here)
    yield "compose", plain, port, f"http://127.0.0.1:{port}", None
    certificate = make_certificate(folder, addresses=["127.0.0.1"])
    tls = (DEPLOY / "nginx.conf").read_text()
    for there, here in {
        "10.0.0.11:8000": f"127.0.0.1:{gone}",
        "10.0.0.12:8000": f"127.0.0.1:{web}",
        "10.0.0.11:8001": f"127.0.0.1:{gone}",
        "10.0.0.12:8001": f"127.0.0.1:{live}",
        "listen 443 ssl;": f"listen 127.0.0.1:{tls_port} ssl;",
        "    listen [::]:443 ssl;\n": "",
        "/etc/letsencrypt/live/activities.example.org/fullchain.pem": str(certificate.chain),
        "/etc/letsencrypt/live/activities.example.org/privkey.pem": str(certificate.key),
    }.items():
        assert tls.count(there) == 1, there
        tls = tls.replace(there, here)
    trusting = ssl.create_default_context(cafile=str(certificate.chain))
    yield "tls", tls, tls_port, f"https://127.0.0.1:{tls_port}", trusting
