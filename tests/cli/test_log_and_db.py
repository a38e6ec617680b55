"""`aslo log`, `aslo db`, `aslo plugins`: reading what is there, and saying so when nothing is."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from aslo_core.bootstrap.configuration import configure_core
from aslo_core.bootstrap.databases import make_log
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.cli import run
from aslo_core.testing.repository import GitPlumbing
from tests.cli.conftest import Shell


@pytest.fixture
def submitted(installed: Shell, repository: GitPlumbing) -> Iterator[tuple[Shell, str]]:
    """An installation with one release that nobody works on, and its stream."""
    return installed, installed.aslo("submit", "--json", repository.address, "v1").json["release"]


@pytest.mark.parametrize("arguments", [["log", "tail"], ["log", "show", "0"], ["release", "list"], ["release", "show", "x"]])
def test_without_a_log_it_is_told_what_makes_one(installed: Shell, arguments: list[str]):
    ended = installed.aslo(*arguments)
    assert ended.status == 1
    assert "there is no log at" in ended.err
    assert "`aslo serve`, `aslo submit` and `aslo db upgrade` make it" in ended.err
    assert not (installed.folder / "data").exists()


@pytest.mark.parametrize("arguments", [["log", "tail"], ["release", "list"], ["release", "retry", "x/1/2"], ["db", "upgrade"]])
@pytest.mark.parametrize("emptied", [True, False])
def test_a_log_that_is_lost_is_not_to_be_made_anew(installed: Shell, arguments: list[str], emptied: bool):
    data = installed.folder / "data"
    data.mkdir()
    (data / "views.db").touch()
    if emptied:
        (data / "log.db").touch()
    ended = installed.aslo(*arguments)
    assert (ended.status, ended.out) == (1, "")
    assert f"{data}/log.db is empty or gone, but {data}/views.db is left of one: restore the log from the backup" in ended.err
    assert "make it" not in ended.err


def test_an_empty_log_is_said_to_be_empty_and_programs_get_nothing(installed: Shell):
    made = installed.aslo("db", "upgrade")
    assert (made.status, made.out.strip()) == (0, f"{installed.folder}/data/log.db: made")
    assert installed.aslo("db", "upgrade").out.strip() == f"{installed.folder}/data/log.db: nothing to do"
    assert stat.S_IMODE((installed.folder / "data").stat().st_mode) == 0o700
    for arguments, words in (
        (["log", "tail"], "The log is empty so far."),
        (["release", "list"], "Nothing was released so far."),
    ):
        ended = installed.aslo(*arguments)
        assert (ended.status, ended.out, ended.err.strip()) == (0, "", words)
        ended = installed.aslo(*arguments, "--json")
        assert (ended.status, ended.out, ended.err) == (0, "", "")


def test_the_log_for_people_and_for_programs(submitted: tuple[Shell, str]):
    shell, stream = submitted
    told = shell.aslo("log", "tail")
    assert told.status == 0
    assert [line.split()[3] for line in told.out.splitlines()] == ["delivery.accepted", "release.announced"]
    rows = shell.aslo("log", "tail", "-n", "1", "--json").json_lines
    assert [(row["position"], row["type"], row["stream"], row["version"]) for row in rows] == [
        (1, "release.announced", stream, 1)
    ]
    assert shell.aslo("log", "tail", "-n", "0").out == ""
    by_stream = shell.aslo("log", "show", stream, "--json").json_lines
    assert by_stream == rows
    assert shell.aslo("log", "show", rows[0]["id"], "--json").json_lines == rows
    assert shell.aslo("log", "show", "1", "--json").json_lines == rows
    whole = shell.aslo("log", "show", "1").out
    assert '"trigger": "submitted"' in whole


@pytest.mark.parametrize("what", ["2", "99999999999999999999999", "release/no/such", "no-such-id", "", "٣"])
def test_what_the_log_does_not_hold_is_told(submitted: tuple[Shell, str], what: str):
    ended = submitted[0].aslo("log", "show", what)
    assert (ended.status, ended.out) == (1, "")
    assert f"the log holds nothing as {what!r}: give a position, an event's id, or a stream's name" in ended.err


@pytest.mark.parametrize("count", ["9223372036854775808", "99999999999999999999"])
@pytest.mark.parametrize("command", [["release", "list"], ["log", "tail"]])
def test_more_than_there_can_be_is_a_wrong_call(installed: Shell, command: list[str], count: str):
    ended = installed.aslo(*command, "-n", count)
    assert ended.status == 2
    assert f"{count} is not in the range" in ended.err


def test_following_ends_with_an_interrupt_as_such(submitted: tuple[Shell, str]):
    shell, _ = submitted
    with shell.start("log", "tail", "--follow", "--json") as process:
        assert process.stdout is not None
        assert [process.stdout.readline()[:11] for _ in range(2)] == ['{"position"'] * 2
        process.send_signal(2)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == "Stopped."


def test_a_reader_that_goes_away_is_no_crash(submitted: tuple[Shell, str]):
    shell, _ = submitted
    with shell.start("log", "tail", "--follow", "--json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        other = shell.aslo("submit", "--json", "https://example.org/x", "v1")
        assert other.status == 0
        assert process.wait(30) == 1
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_reading_needs_no_plugin_that_works(submitted: tuple[Shell, str]):
    """An operator whose plugin broke must be able to see what happened."""
    shell, _ = submitted
    text = (shell.folder / "aslo.toml").read_text()
    shell.write(text.replace('use = "local"', 'use = "unheard"'))
    for arguments in (["log", "tail"], ["release", "list"], ["db", "upgrade"]):
        assert shell.aslo(*arguments).status == 0
    assert shell.aslo("check").status == 2


def test_a_log_of_a_newer_version_is_left_alone(submitted: tuple[Shell, str]):
    shell, _ = submitted
    with closing(sqlite3.connect(shell.folder / "data" / "log.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE compatibility SET oldest_program = '9999'")
    for arguments in (["db", "upgrade"], ["log", "tail"], ["submit", "https://example.org/x", "v1"], ["serve"]):
        ended = shell.aslo(*arguments)
        assert ended.status == 1
        assert "9999" in ended.err
        assert "newe" in ended.err
        assert "Traceback" not in ended.err


def test_no_upgrade_under_a_running_server(installed: Shell):
    settings = configure_core(installed.folder / "aslo.toml")
    installed.aslo("db", "upgrade")
    path = settings.data_path / "log.db"
    path.unlink()
    with ServeLock(settings.data_path).held():
        ended = installed.aslo("db", "upgrade")
    assert ended.status == 1
    assert "has the log" in ended.err
    assert "end it first, then upgrade" in ended.err
    assert not path.exists()


def test_an_upgrade_waits_for_a_server_that_finds_no_log_and_ends(
    installed: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    configuration = installed.folder / "aslo.toml"
    data = configure_core(configuration).data_path
    data.mkdir()
    with ExitStack() as starting:
        starting.enter_context(ServeLock(data).held())
        monkeypatch.setattr("aslo_core.bootstrap.serve_lock.time.sleep", lambda _: starting.close())
        assert run(["--config", str(configuration), "db", "upgrade"]) == 0
    assert capsys.readouterr().out == f"{data / 'log.db'}: made\n"


def test_a_file_that_an_interrupted_start_left_empty_becomes_a_log(installed: Shell):
    settings = configure_core(installed.folder / "aslo.toml")
    settings.data_path.mkdir()
    (settings.data_path / "log.db").touch()
    make_log(settings)
    assert installed.aslo("log", "tail").err.strip() == "The log is empty so far."


def test_a_data_directory_that_cannot_be_made_is_told(installed: Shell):
    (installed.folder / "data").touch()
    for arguments in (["db", "upgrade"], ["submit", "https://example.org/x", "v1"], ["serve"]):
        ended = installed.aslo(*arguments)
        assert ended.status == 1
        assert "cannot be made" in ended.err
        assert "name another one as data.path" in ended.err


def test_plugins_for_people_and_for_programs(shell: Shell, tmp_path: Path):
    rows = shell.aslo("plugins", "--json").json
    assert {"kind": "storage", "use": "local"}.items() <= rows[[row["use"] for row in rows].index("local")].items()
    told = shell.aslo("plugins").out.splitlines()
    assert [line.split()[:2] for line in told] == [[row["kind"], row["use"]] for row in rows]
