"""`aslo log export` and `aslo log import`: a whole log or none, whatever comes between."""

from __future__ import annotations

import gzip
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.failpoints import KILL
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.repository import GitPlumbing
from tests.cli.conftest import Shell

EVENTS = 4


@pytest.fixture
def submitted(installed: Shell, repository: GitPlumbing) -> Shell:
    """An installation with two releases that nobody works on, and some output."""
    for tag in ("v1", "v2"):
        assert installed.aslo("submit", repository.address, tag).status == 0
    with closing(BuildLogs(installed.folder / "data" / "log.db")) as logs:
        for number in range(3):
            logs.append("release/git/1/1", 1, number, b"packing\n")
    return installed


@pytest.fixture
def export(submitted: Shell) -> Path:
    """The log of that installation."""
    path = submitted.folder / "log.jsonl"
    assert submitted.aslo("log", "export", path).status == 0
    return path


@pytest.fixture
def another(tmp_path: Path, submitted: Shell) -> Shell:
    """Another folder with the same configuration, and nothing else."""
    folder = tmp_path / "another"
    folder.mkdir()
    shell = Shell(folder)
    shell.write((submitted.folder / "aslo.toml").read_text())
    return shell


def rows(shell: Shell) -> str:
    ended = shell.aslo("log", "tail", "-n", "1000", "--json")
    assert ended.status == 0
    return ended.out


def verified(shell: Shell) -> str:
    """What is said of the log once all of it was checked, without its name."""
    ended = shell.aslo("audit", "verify")
    assert (ended.status, ended.err) == (0, "")
    return ended.out.partition(": ")[2]


def test_a_log_is_exported_and_imported(submitted: Shell, another: Shell):
    exported = submitted.aslo("log", "export", "log.jsonl")
    leaf = re.search(r"[0-9a-f]{64}", verified(submitted))[0]
    summary = f"{EVENTS} events, 3 pieces of builds' output\nThe last event is at position {EVENTS - 1}, its leaf is {leaf}.\n"
    assert (exported.status, exported.out, exported.err) == (0, "", f"exported: {summary}")
    path = submitted.folder / "log.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    imported = another.aslo("log", "import", path)
    assert (imported.status, imported.out, imported.err) == (0, "", f"imported: {summary}")
    assert rows(another) == rows(submitted)
    assert verified(another) == verified(submitted)
    assert another.aslo("release", "list").out == submitted.aslo("release", "list").out
    assert stat.S_IMODE((another.folder / "data").stat().st_mode) == 0o700


def test_standard_output_and_input(submitted: Shell, another: Shell):
    with submitted.start("log", "export") as exporting:
        told, said = exporting.communicate(timeout=60)
    assert exporting.returncode == 0
    assert said.startswith(f"exported: {EVENTS} events")
    done = subprocess.run(
        another.command("log", "import", "-"), cwd=another.folder, env=another.environment, input=told.encode(), check=False
    )
    assert done.returncode == 0
    assert rows(another) == rows(submitted)


def test_erased_bodies_are_counted(submitted: Shell, another: Shell):
    assert submitted.aslo("audit", "erase", "0", "--yes", "--reason", "asked for").status == 0
    exported = submitted.aslo("log", "export", "log.jsonl")
    assert exported.err.startswith(f"exported: {EVENTS + 1} events (1 with an erased body), 3 pieces")
    assert another.aslo("log", "import", submitted.folder / "log.jsonl").err.startswith(f"imported: {EVENTS + 1} events (1 ")
    assert verified(another) == verified(submitted)


def test_without_a_log_nothing_is_written(installed: Shell):
    ended = installed.aslo("log", "export", "log.jsonl")
    assert ended.status == 1
    assert "there is no log at" in ended.err
    assert not (installed.folder / "log.jsonl").exists()


@pytest.mark.parametrize("place", ["", "no/such/folder/log.jsonl", "/dev/null"])
def test_where_nothing_can_be_written(submitted: Shell, place: str):
    ended = submitted.aslo("log", "export", place or submitted.folder)
    assert ended.status in (1, 2)
    assert "Traceback" not in ended.err
    assert Path("/dev/null").is_char_device()


def test_an_export_that_fails_leaves_the_former_one(submitted: Shell, export: Path):
    before = export.read_bytes()
    log = submitted.folder / "data" / "log.db"
    content = bytearray(log.read_bytes())
    middle = content.index(b"submitted", 4096)
    content[middle : middle + 9] = b"SUBMITTED"
    log.write_bytes(content)
    ended = submitted.aslo("log", "export", export)
    assert ended.status == 1
    assert "is damaged" in ended.err
    assert export.read_bytes() == before
    assert [path.name for path in submitted.folder.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(("side", "replaced"), [("before", False), ("after", True)])
def test_an_export_that_is_killed_is_the_former_one_or_the_new_one(submitted: Shell, export: Path, side: str, replaced: bool):
    before = export.read_bytes()
    assert submitted.aslo("submit", "https://example.org/x", "v1").status == 0
    killed = Shell(submitted.folder, {KILL: f"log.export.{side}:1"}).aslo("log", "export", export)
    assert killed.status == -signal.SIGKILL
    assert (export.read_bytes() != before) == replaced
    assert submitted.aslo("log", "export", export).status == 0
    assert len(export.read_bytes()) > len(before)


@pytest.mark.parametrize(("side", "imported"), [("before", False), ("after", True)])
def test_an_import_that_is_killed_at_its_commit_is_whole_or_not_at_all(
    submitted: Shell, another: Shell, export: Path, side: str, imported: bool
):
    killed = Shell(another.folder, {KILL: f"log.sqlite.write.{side}:1"}).aslo("log", "import", export)
    assert killed.status == -signal.SIGKILL
    again = another.aslo("log", "import", export)
    assert (again.status, "is not empty" in again.err) == ((1, True) if imported else (0, False))
    assert rows(another) == rows(submitted)
    assert verified(another) == verified(submitted)


def test_an_import_that_is_killed_on_the_way_leaves_no_log(another: Shell, export: Path, submitted: Shell):
    """It has read all but the last line, and waits for that, when it is killed; nobody else can use the log meanwhile."""
    lines = export.read_bytes().splitlines(keepends=True)
    with subprocess.Popen(
        another.command("log", "import", "-"), cwd=another.folder, env=another.environment, stdin=subprocess.PIPE
    ) as importing:
        assert importing.stdin is not None
        importing.stdin.write(b"".join(lines[:-1]))
        importing.stdin.flush()
        while ServeLock(another.folder / "data").holder() is None:
            assert importing.poll() is None
        importing.kill()
    assert importing.returncode == -signal.SIGKILL
    ended = another.aslo("log", "tail")
    assert (ended.status, ended.out) == (1, "")
    assert another.aslo("log", "import", export).status == 0
    assert rows(another) == rows(submitted)


def test_no_import_while_somebody_serves(another: Shell, export: Path):
    (another.folder / "data").mkdir()
    with ServeLock(another.folder / "data").held():
        ended = another.aslo("log", "import", export)
    assert ended.status == 1
    assert "there can be only one: end it first" in ended.err
    assert not (another.folder / "data" / "log.db").exists()


def test_no_import_into_a_log_that_holds_something(submitted: Shell, export: Path):
    before = rows(submitted)
    ended = submitted.aslo("log", "import", export)
    assert ended.status == 1
    assert f"the log {submitted.folder}/data/log.db is not empty" in ended.err
    assert rows(submitted) == before


def test_an_import_into_a_log_that_was_made_but_holds_nothing(submitted: Shell, another: Shell, export: Path):
    assert another.aslo("db", "upgrade").status == 0
    assert another.aslo("log", "import", export).status == 0
    assert rows(another) == rows(submitted)


def test_no_import_where_a_part_of_a_log_is_left(another: Shell, export: Path):
    data = another.folder / "data"
    data.mkdir()
    (data / "log.db-wal").write_bytes(b"the newest events, for all that is known")
    ended = another.aslo("log", "import", export)
    assert ended.status == 1
    assert f"{data}/log.db-wal is left of one" in ended.err
    assert sorted(path.name for path in data.iterdir()) == ["log.db-wal"]


def test_read_models_of_a_lost_log_are_made_anew(submitted: Shell, export: Path):
    """The log is lost with what came after the export, the read models are not: these follow the log that was put back."""
    assert submitted.aslo("submit", "https://example.org/x", "v1").status == 0
    assert len(submitted.aslo("release", "list", "--json").json_lines) == 3
    for name in ("log.db", "log.db-wal", "log.db-shm"):
        (submitted.folder / "data" / name).unlink(missing_ok=True)
    assert submitted.aslo("log", "import", export).status == 0
    assert len(submitted.aslo("release", "list", "--json").json_lines) == 2
    assert submitted.aslo("audit", "replay").status == 0


def test_what_is_wrong_is_told_with_file_and_line(another: Shell, export: Path):
    export.write_bytes(export.read_bytes()[:-1])
    ended = another.aslo("log", "import", export)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(f"aslo: {export}, line {EVENTS + 5}: the export ends before its last line: it was cut off; ")
    export.write_bytes(gzip.compress(export.read_bytes()))
    assert "unpack it: gunzip -c FILE | aslo log import -" in another.aslo("log", "import", export).err
    assert another.aslo("log", "import", export.with_name("none")).status == 2
    assert another.aslo("log", "tail").status == 1


@pytest.fixture
def on_postgresql(another: Shell, postgres_server: PostgresServer, postgres_url: str) -> Iterator[tuple[Shell, str]]:
    """An installation with its log to come in PostgreSQL, and the address of an administrator."""
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        name = sql.Identifier("aslo_imported")
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'p'").format(name))
        where = sa.make_url(postgres_url).set(username="aslo_imported", password="p")
        address = where.render_as_string(hide_password=False)
        another.write(f'{(another.folder / "aslo.toml").read_text()}[data]\nlog_url = "{address}"\n')
        yield another, postgres_url
        with psycopg.connect(postgres_url, autocommit=True) as inside:
            inside.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


def test_from_a_file_to_postgresql_and_back(
    submitted: Shell, on_postgresql: tuple[Shell, str], export: Path, tmp_path: Path, repository: GitPlumbing
):
    shell, admin = on_postgresql
    without = shell.aslo("log", "import", export)
    assert without.status == 1
    assert "cannot both make the log and be kept from changing it" in without.err
    killed = Shell(shell.folder, {KILL: "log.postgresql.migrate.before:1"}).aslo("log", "import", export, "--as", admin)
    assert killed.status == -signal.SIGKILL
    assert "has no tables yet" in shell.aslo("log", "tail").err
    assert shell.aslo("log", "import", export, "--as", admin).status == 0
    assert rows(shell) == rows(submitted)
    assert verified(shell) == verified(submitted)
    assert "is not empty" in shell.aslo("log", "import", export, "--as", admin).err
    assert shell.aslo("submit", repository.address, "v3").status == 0
    assert shell.aslo("log", "export", "back.jsonl").status == 0
    (tmp_path / "back").mkdir()
    back = Shell(tmp_path / "back")
    back.write((submitted.folder / "aslo.toml").read_text())
    assert back.aslo("log", "import", shell.folder / "back.jsonl").status == 0
    assert rows(back) == rows(shell)
    assert verified(back) == verified(shell)
