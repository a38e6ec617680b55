"""`aslo serve` as a process: how it starts, why it does not, how it ends, and that the next one goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from examples.demo.reading import get_json
from tests.bootstrap.conftest import Installation

QUICK_S = 10.0
"""A stop takes less than a container's ten seconds, after which it would be killed."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_on_the_port_that_it_says_and_ends_when_told(installation: Installation, number: signal.Signals):
    serving = installation.serve()
    assert get_json(f"{serving.url}/healthz")["ready"] is True
    assert int(serving.url.rpartition(":")[2]) > 0
    status, seconds = serving.end(number)
    assert (status, "Traceback" in serving.messages) == (0, False)
    assert seconds < QUICK_S


def test_a_source_without_webhooks_is_none_to_whoever_posts_to_it(installation: Installation):
    serving = installation.serve()
    told = {}
    for name in ("git", "nowhere"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{serving.url}/api/hook/{name}", data=b"{}", timeout=10)  # noqa: S310 - our own
        with caught.value as answer:
            told[name] = (answer.code, answer.headers["Content-Type"], json.loads(answer.read())["detail"])
    assert told == {
        name: (404, "application/problem+json", f"no source named '{name}' takes webhooks here") for name in ("git", "nowhere")
    }


def test_a_second_one_is_refused_with_the_firsts_id_until_it_is_gone(installation: Installation):
    first = installation.serve()
    second = installation.aslo("serve")
    assert second.returncode == 1
    assert (
        f"another process (pid {first.process.pid}) serves {installation.folder}/data, and there can be only one"
        in second.stderr
    )
    assert get_json(f"{first.url}/healthz")["ready"] is True
    first.end(signal.SIGKILL)
    assert get_json(f"{installation.serve().url}/healthz")["ready"] is True


def test_a_port_that_is_taken_is_told_with_what_to_do(installation: Installation):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        text = (installation.folder / "aslo.toml").read_text()
        (installation.folder / "aslo.toml").write_text(text.replace("port = 0", f"port = {port}"))
        ended = installation.aslo("serve")
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port} (Address already in use): end what listens there, or choose" in ended.stderr


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ('host = "no-such-host.invalid"', "server.host 'no-such-host.invalid' is no address"),
        ('host = "203.0.113.1"', "server.host must be an address of this machine"),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_told(installation: Installation, server: str, words: str):
    installation.configure(server=server)
    ended = installation.aslo("serve")
    assert ended.returncode == 1
    assert words in ended.stderr


@pytest.mark.parametrize(("data", "words"), [("/proc/aslo", "cannot be made"), ("/proc", "cannot be written to")])
def test_a_data_directory_that_cannot_be_used_is_told(installation: Installation, data: str, words: str):
    installation.configure(more=f'[data]\npath = "{data}"')
    ended = installation.aslo("serve")
    assert ended.returncode == 1
    assert f"the data directory {data} {words}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("link", [None, "/proc"])
def test_a_work_folder_that_cannot_be_written_to_is_told(installation: Installation, link: str | None):
    work = installation.folder / "data" / "work"
    work.parent.mkdir()
    if link:
        work.symlink_to(link)
    else:
        work.touch()
    ended = installation.aslo("serve")
    assert ended.returncode == 1
    assert f"the work folder {work} cannot be written to (" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_listens_on_ipv6(installation: Installation):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    installation.configure(server='host = "::1"')
    serving = installation.serve()
    assert serving.url.startswith("http://[::1]:")
    assert get_json(f"{serving.url}/healthz")["ready"] is True


def test_links_begin_with_the_public_address(installation: Installation):
    installation.configure(server='public_url = "https://aslo.example.org/"')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (installation.folder / "aslo.toml").read_text()
    (installation.folder / "aslo.toml").write_text(text.replace("port = 0", f"port = {port}"))
    assert installation.serve().url == "https://aslo.example.org"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    assert (
        "See https://aslo.example.org/status/releases/git/"
        in installation.aslo("submit", installation.repository.address, "v1").stdout
    )


def test_what_is_wrong_with_the_configuration_ends_it_with_2(installation: Installation):
    installation.configure(more="[build]\nworkers = 0")
    ended = installation.aslo("serve")
    assert ended.returncode == 2
    assert "build.workers: 0; it must be at least 1" in ended.stderr
    assert not (installation.folder / "data").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stop_does_not_wait_for_a_build_and_the_next_start_goes_on(gated: Installation, number: signal.Signals):
    serving = gated.serve()
    stream = gated.submit()
    gated.wait_until_building()
    status, seconds = serving.end(number)
    assert status == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert seconds < QUICK_S
    if number != signal.SIGKILL:
        assert "serve.left_unfinished" in serving.messages
        assert "Traceback" not in serving.messages
    again = gated.serve()
    gated.wait_until_building()
    gated.open_gate()
    release = again.release(stream)
    assert (release["state"], release["rule"]) == ("rejected", "test.gate-open")


def test_a_second_signal_does_not_cut_the_stop_short(gated: Installation):
    serving = gated.serve()
    gated.submit()
    gated.wait_until_building()
    serving.process.send_signal(signal.SIGTERM)
    serving.said("serve.stopping")
    status, _ = serving.end(signal.SIGTERM)
    assert status == 0
    assert "serve.left_unfinished" in serving.messages


def published(installation: Installation) -> str:
    """Publish a release, stop, and give its stream."""
    serving = installation.serve()
    stream = installation.submit()
    assert serving.release(stream)["state"] == "published"
    assert serving.end()[0] == 0
    return stream


@pytest.mark.parametrize("damage", ["removed", "emptied", "header", "middle", "no database"])
def test_read_models_that_were_lost_come_back_as_they_were(installation: Installation, damage: str):
    stream = published(installation)
    before = installation.aslo("release", "show", stream, "--json").stdout
    views = installation.folder / "data" / "views.db"
    content = bytearray(views.read_bytes())
    assert not views.with_name("views.db-wal").exists()
    match damage:
        case "removed":
            views.unlink()
        case "emptied":
            views.write_bytes(b"")
        case "header":
            views.write_bytes(bytes(100) + content[100:])
        case "middle":
            views.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
        case "no database":
            views.write_text("this is no database")
    serving = installation.serve()
    assert ("views.damaged" in serving.messages) is (damage not in ("removed", "emptied"))
    assert serving.release(stream)["state"] == "published"
    assert get_json(f"{serving.url}/healthz")["ready"] is True
    serving.end()
    assert installation.aslo("release", "show", stream, "--json").stdout == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "cut off",
            "data/log.db is not available: it is damaged: stop ASLO, keep the file and those beside it, restore log.db",
        ),
        ("no database", "data/log.db is not available: it is not an SQLite database: stop ASLO, keep the file, restore log.db"),
        ("emptied", "data/log.db is empty or gone, but {views} is left of one: restore the log from the backup"),
        ("removed", "data/log.db is empty or gone, but {views} is left of one: restore the log from the backup"),
    ],
)
def test_a_log_that_is_damaged_or_lost_is_told_before_anything_listens(installation: Installation, damage: str, words: str):
    stream = published(installation)
    path = installation.folder / "data" / "log.db"
    content = path.read_bytes()
    match damage:
        case "cut off":
            path.write_bytes(content[: len(content) // 2])
        case "no database":
            path.write_text("this is no database")
        case "emptied":
            path.write_bytes(b"")
        case "removed":
            path.unlink()
    with socket.create_server(("127.0.0.1", 0)) as other:  # what listens there is of no interest yet
        text = (installation.folder / "aslo.toml").read_text()
        taken = text.replace("port = 0", f"port = {other.getsockname()[1]}")
        (installation.folder / "aslo.toml").write_text(taken)
        ended = installation.aslo("serve")
    assert ended.returncode == 1
    assert words.format(views=path.with_name("views.db")) in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    (installation.folder / "aslo.toml").write_text(text)
    path.write_bytes(content)
    assert installation.serve().release(stream)["state"] == "published"


def test_an_emptied_log_does_not_take_its_write_ahead_log_along(installation: Installation):
    serving = installation.serve()
    stream = installation.submit()
    serving.release(stream)
    serving.end(signal.SIGKILL)
    data = installation.folder / "data"
    content, wal = (data / "log.db").read_bytes(), (data / "log.db-wal").read_bytes()
    assert wal
    (data / "log.db").write_bytes(b"")
    assert installation.aslo("release", "list").returncode == 1
    for command in (("serve",), ("db", "upgrade")):
        ended = installation.aslo(*command)
        assert (ended.returncode, f"log.db is empty or gone, but {data}/log.db-wal is left of one" in ended.stderr) == (1, True)
    assert (data / "log.db-wal").read_bytes() == wal
    (data / "log.db").write_bytes(content)
    assert installation.serve().release(stream)["state"] == "published"


def test_a_command_mends_read_models_as_well(installation: Installation):
    stream = published(installation)
    before = installation.aslo("release", "show", stream, "--json").stdout
    (installation.folder / "data" / "views.db").write_text("this is no database")
    ended = installation.aslo("release", "show", stream, "--json")
    assert (ended.returncode, ended.stdout) == (0, before)
    assert "views.damaged" in ended.stderr


def test_read_models_that_break_under_way_end_it_with_1_and_the_next_start_mends_them(installation: Installation):
    serving = installation.serve()
    files = [installation.folder / "data" / name for name in ("views.db", "views.db-wal")]
    sizes = [max(file.stat().st_size, 100_000) for file in files]  # before the first one breaks: it may end at once then
    for file, size in zip(files, sizes, strict=True):
        file.write_bytes(os.urandom(size))
    stream = installation.submit()
    assert serving.process.wait(60) == 1
    assert "the read models could not be kept up to date" in serving.messages
    assert installation.serve().release(stream)["state"] == "published"


def test_the_data_directory_is_its_owners_alone(installation: Installation):
    installation.serve().end()
    data = installation.folder / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    assert Path(data / "serve.lock").stat().st_mode & 0o777 == 0o600


def test_a_builder_that_cannot_run_setup_is_told_before_anything_is_built(gated: Installation):
    gated.configure(builder="gate", more='[build]\nrun_setup_for = ["git:ada"]')
    for command in ("check", "serve"):
        ended = gated.aslo(command)
        assert ended.returncode == 2
        assert (
            "build.run_setup_for: [builder.sandbox] cannot run a repository's setup.py; leave the key out, or" in ended.stderr
        )


def test_read_models_that_somebody_locks_are_not_taken_for_damaged(installation: Installation):
    published(installation)
    views = installation.folder / "data" / "views.db"
    before = views.stat().st_ino
    with closing(sqlite3.connect(views)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        ended = installation.aslo("release", "list")
    assert "views.damaged" not in ended.stderr
    assert views.stat().st_ino == before
    assert installation.aslo("release", "list").returncode == 0
