"""The commands, where data.log_url names a PostgreSQL database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from aslo_core.jobs.holding import CONDUCTOR, WORKERS
from aslo_core.jobs.rest import FULL
from aslo_core.log.leases import Leases
from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.repository import GitPlumbing
from tests.cli.conftest import Shell

PASSWORD = "not_to_be_shown"


@pytest.fixture
def where(postgres_server: PostgresServer, postgres_url: str) -> Iterator[sa.URL]:
    """An empty database, by a role that may do nothing yet."""
    role = f"role_{secrets.token_hex(4)}"
    with (
        psycopg.connect(postgres_server.url(), autocommit=True) as connection,
        psycopg.connect(postgres_url, autocommit=True) as inside,
    ):
        name = sql.Identifier(role)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(PASSWORD)))
        yield sa.make_url(postgres_url).set(username=role, password=PASSWORD)
        inside.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.fixture
def configured(installed: Shell, where: sa.URL) -> Shell:
    return with_log(installed, where)


def with_log(shell: Shell, where: sa.URL) -> Shell:
    text = (shell.folder / "aslo.toml").read_text()
    shell.write(f'{text}[data]\nlog_url = "{where.render_as_string(hide_password=False)}"\n')
    return shell


def refused(shell: Shell, *arguments: str) -> str:
    """Run a command that is to fail in words; return these."""
    ended = shell.aslo(*arguments)
    assert (ended.status, ended.out) == (1, "")
    assert "Traceback" not in ended.err
    assert PASSWORD not in ended.err
    return ended.err


def test_the_log_is_made_by_an_administrator_and_used_by_a_role_that_may_less(
    configured: Shell, postgres_url: str, repository: GitPlumbing, where: sa.URL
) -> None:
    name = where.render_as_string(hide_password=True)
    for arguments in (["db", "upgrade"], ["serve"], ["submit", repository.address, "v1"]):
        words = refused(configured, *arguments)
        assert f"the role {where.username} of data.log_url cannot both make the log and be kept from changing it" in words
        assert "`aslo db upgrade --as`" in words
    checked = configured.aslo("check")
    assert checked.status == 2
    assert f"data.log_url: the log {name} has no tables yet" in checked.err
    assert "make them with `aslo db upgrade --as`" in checked.err
    made = configured.aslo("db", "upgrade", "--as", postgres_url)
    assert (made.status, made.out, made.err) == (0, f"{name}: made\n", "")
    assert configured.aslo("db", "upgrade", "--as", postgres_url).out == f"{name}: nothing to do\n"
    assert configured.aslo("check").status == 0
    assert configured.aslo("log", "tail").err == "The log is empty so far.\n"
    submitted = configured.aslo("submit", "--json", repository.address, "v1")
    assert submitted.status == 0
    assert [row["type"] for row in configured.aslo("log", "tail", "--json").json_lines] == [
        "delivery.accepted",
        "release.announced",
    ]
    assert configured.aslo("audit", "verify").status == 0
    assert sorted(path.name for path in (configured.folder / "data").iterdir() if path.name.startswith("log")) == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://root@localhost/aslo", "--as takes an address such as postgresql://postgres@db.example.org/aslo"),
        ("no address", "--as takes an address such as postgresql://postgres@db.example.org/aslo"),
        ("postgresql://localhost/aslo", "--as takes an address such as postgresql://postgres@db.example.org/aslo"),
        ("postgresql://postgres@localhost/another", "--as names the database another, data.log_url test_"),
    ],
)
def test_an_administrators_address_that_is_none(configured: Shell, address: str, words: str) -> None:
    assert words in refused(configured, "db", "upgrade", "--as", address)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"port": 1}, "check that the server runs and can be reached"),
        ({"password": PASSWORD + "2"}, "the login was refused: check user and password in data.log_url"),
        ({"database": "no_such_database"}, "there is no such database: make it with createdb"),
    ],
    ids=str,
)
def test_an_address_that_leads_nowhere(installed: Shell, where: sa.URL, changed: dict[str, object], words: str) -> None:
    shell = with_log(installed, where.set(**changed))  # type: ignore[arg-type]
    for arguments in (["db", "upgrade"], ["log", "tail"], ["serve"], ["release", "list"], ["audit", "verify"]):
        assert words in refused(shell, *arguments)
    checked = shell.aslo("check")
    assert checked.status == 2
    assert "data.log_url: the log postgresql://" in checked.err
    assert words in checked.err
    assert PASSWORD not in checked.err


def test_an_address_that_is_none_is_told_with_its_line(installed: Shell) -> None:
    text = (installed.folder / "aslo.toml").read_text()
    for address in (
        "mysql://aslo:not_to_be_shown@localhost/aslo",
        "postgresql://localhost",
        "postgresql://a:not_to_be_shown@h/",
    ):
        installed.write(f'{text}[data]\nlog_url = "{address}"\n')
        ended = installed.aslo("check")
        assert ended.status == 2
        assert f"aslo.toml:{len(text.splitlines()) + 2}: data.log_url" in ended.err
        assert "postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE" in ended.err
        assert PASSWORD not in ended.err


def test_a_log_that_was_tampered_with_is_not_served(configured: Shell, postgres_url: str) -> None:
    assert configured.aslo("db", "upgrade", "--as", postgres_url).status == 0
    with psycopg.connect(postgres_url, autocommit=True) as superuser:
        superuser.execute("DROP TRIGGER events_stay ON aslo_log.events")
    for arguments in (["serve"], ["log", "tail"]):
        assert "is not guarded against change: the guard events_stay is missing" in refused(configured, *arguments)
    verified = configured.aslo("audit", "verify")
    assert verified.status == 1
    assert "the guard events_stay is missing" in verified.out + verified.err


def test_status_tells_who_conducts_and_who_works_and_that_without_a_worker_nothing_goes_on(
    configured: Shell, postgres_url: str, where: sa.URL
) -> None:
    assert configured.aslo("db", "upgrade", "--as", postgres_url).status == 0
    with closing(Leases(where)) as leases:
        leases.take(CONDUCTOR, "one/17/ab", 600)
        ended = configured.aslo("status")
        assert "parts    one/17/ab conducts, 0 workers\n" in ended.out
        assert "wrong    no worker lives" in ended.out
        leases.take(f"{WORKERS}two/4/cd", "two/4/cd", 600)
        ended = configured.aslo("status", "--json")
        parts = {"conductor": "one/17/ab", "workers": ["two/4/cd"], "without_room": [], "lives": []}
        assert ended.json["serving"]["parts"] == {**parts, "nobody_has_room": False}
        assert not [why for why in ended.json["wrong"] if "worker" in why]


def test_status_names_workers_whose_disk_is_full_and_says_when_that_is_all_of_them(
    configured: Shell, postgres_url: str, where: sa.URL
) -> None:
    assert configured.aslo("db", "upgrade", "--as", postgres_url).status == 0
    with closing(Leases(where)) as leases:
        for name, holder in ((CONDUCTOR, "one/17/ab"), (f"{WORKERS}two/4/cd", "two/4/cd"), (f"{WORKERS}six/9/ef", "six/9/ef")):
            leases.take(name, holder, 600)
        leases.take(f"{FULL}two/4/cd", "two/4/cd", 600)
        ended = configured.aslo("status")
        assert ended.status == 1
        assert "         worker six/9/ef\n         worker two/4/cd takes nothing new: the disk of its data folder" in ended.out
        ended = configured.aslo("status", "--json")
        (why,) = (why for why in ended.json["wrong"] if "nearly full" in why)
        assert why.startswith("worker two/4/cd takes nothing new: the disk of its data folder is nearly full; make room")
        assert ended.json["paused"] == []
        leases.take(f"{FULL}six/9/ef", "six/9/ef", 600)
        ended = configured.aslo("status", "--json")
        (why,) = ended.json["paused"]
        assert why.startswith("the disk of every worker is nearly full, and none takes anything new")
        assert [name for name in ("six/9/ef", "two/4/cd") if any(name in why for why in ended.json["wrong"])] == [
            "six/9/ef",
            "two/4/cd",
        ]
