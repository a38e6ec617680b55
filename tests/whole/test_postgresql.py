"""ASLO with its log in PostgreSQL: a release all the way, while the database is restarted under it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from aslo_core.testing.github import deliver
from aslo_core.testing.postgres_server import PostgresServer, run_postgres
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.services import missing
from examples.demo.reading import eventually, get_json
from examples.demo.stage import Stage, commit, make_repository, stage
from tests.cli.conftest import Shell

PASSWORD = "p%40ss@w/rd"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own, since it is stopped."""
    try:
        with run_postgres() as running:
            with psycopg.connect(running.url(), autocommit=True) as connection:
                connection.execute(psycopg.sql.SQL("CREATE ROLE aslo LOGIN PASSWORD {}").format(PASSWORD))
                connection.execute("CREATE DATABASE aslo")
            yield running
    except NotInstalled as error:
        missing(str(error))


@pytest.fixture
def up(tmp_path: Path, server: PostgresServer) -> Iterator[Stage]:
    """A real `aslo serve` with its log in PostgreSQL. It does not come up before `aslo db upgrade --as` has made the log."""
    where = sa.make_url(server.url("aslo")).set(username="aslo", password=PASSWORD).render_as_string(hide_password=False)
    with stage(tmp_path / "stage", f'[data]\nlog_url = "{where}"\n') as made:
        shell = Shell(made.folder, {"ASLO_DB_ADMIN": server.url("aslo")})
        made_log = shell.aslo("db", "upgrade")
        assert (made_log.status, made_log.err) == (0, "")
        assert made_log.out.endswith("/aslo: made\n")
        assert PASSWORD not in made_log.out
        eventually(f"{made.url}/readyz", "ready")
        yield made


def release(up: Stage, activity: str) -> str:
    """Publish a release; return the address of its page."""
    repository, tree = make_repository(up.github, up.folder, activity)
    commit(tree, "Version 1", "v1")
    made = up.github.add_release(repository, "v1", author="ada")
    answer = deliver(up.hook, "release", up.github.release_payload(made), up.secret)
    assert answer.status == 202
    return str(answer.json()["release_url"])


@pytest.mark.timeout(300)
def test_releases_while_the_database_is_restarted(up: Stage, server: PostgresServer) -> None:
    shell = Shell(up.folder)
    process = up.served.process_id
    first = release(up, "star-map")
    eventually(first, "timeline")
    server.process.stop()
    answer = deliver(up.hook, "ping", {"zen": "Design for failure.", "hook_id": 1}, up.secret)
    assert answer.status == 503
    down = shell.aslo("log", "tail")
    assert (down.status, down.out) == (1, "")
    assert "check that the server runs and can be reached" in down.err
    assert PASSWORD not in down.err
    server.process.start()
    second = release(up, "fraction-garden")
    server.process.stop()
    server.process.start()
    for page in (first, second):
        assert eventually(page, "ended")["state"] == "published"
    assert up.served.process_id == process
    rows = shell.aslo("log", "tail", "-n", "1000", "--json").json_lines
    assert [row["position"] for row in rows] == list(range(len(rows)))
    assert [row["type"] for row in rows].count("release.published") == 2
    assert "release.published" in shell.aslo("log", "tail").out
    assert len(shell.aslo("release", "list", "--json").json_lines) == 2
    verified = shell.aslo("audit", "verify")
    assert verified.status == 0, verified.err
    assert get_json(f"{up.url}/status")["position"] == len(rows) - 1
