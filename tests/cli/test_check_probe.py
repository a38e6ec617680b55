"""`aslo check --probe`: a table of what works and what does not, and a status for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from aslo_core.testing.github import GitHub
from aslo_core.testing.mail_server import MailServer
from tests.cli.conftest import Shell
from tests.cli.test_postgresql import PASSWORD, where, with_log

__all__ = ["where"]
MAIL = '[notifier.mail]\nuse = "email"\nhost = "127.0.0.1"\nsecurity = "none"\nsender = "aslo@example.org"\n'


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def add(shell: Shell, text: str) -> None:
    shell.write((shell.folder / "aslo.toml").read_text() + text)


@pytest.fixture
def own_tmp(installed: Shell, tmp_path: Path) -> Shell:
    """An installation whose temporary files can be looked for."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return replace(installed, environ={"TMPDIR": str(folder)})


@pytest.fixture
def mail(own_tmp: Shell) -> Iterator[MailServer]:
    with MailServer() as server:
        add(own_tmp, f'{MAIL}port = {server.port}\nto = ["list@example.org"]\n')
        yield server


def test_all_that_is_good_ends_well_and_leaves_nothing(own_tmp: Shell) -> None:
    ended = own_tmp.aslo("check", "--probe")
    assert (ended.status, ended.err) == (0, "")
    assert "all is well" in ended.out
    assert "good     [storage.main]     read back" in ended.out
    assert "good     [builder.sandbox]  hello build" in ended.out
    assert ended.out.splitlines()[-1].endswith(" good, 0 bad, 2 unknown")
    assert "\x1b" not in ended.out
    assert files(own_tmp.folder) == ["aslo.toml"]
    assert list(Path(own_tmp.environ["TMPDIR"]).iterdir()) == []


def test_what_is_bad_is_told_with_its_cure_and_ends_with_1(own_tmp: Shell) -> None:
    add(own_tmp, f'{MAIL}port = 1\nto = ["list@example.org"]\n')
    ended = own_tmp.aslo("check", "--probe")
    assert ended.status == 1
    lines = ended.out.splitlines()
    bad = next(number for number, line in enumerate(lines) if line.startswith("bad "))
    assert "[notifier.mail]" in lines[bad]
    assert "127.0.0.1" in lines[bad]
    assert "wait where it is known to pass" in lines[bad + 1]
    report = own_tmp.aslo("check", "--probe", "--json")
    assert (report.status, report.json["ok"]) == (1, False)
    rows = {(row["table"], row["what"]): row for row in report.json["probes"]}
    assert rows["storage.main", "write"]["verdict"] == "good"
    assert rows["notifier.mail", "answer"]["verdict"] == "bad"
    assert rows["builder.sandbox", "hello build"]["seconds"] > 0


def test_without_being_asked_nothing_is_probed(own_tmp: Shell) -> None:
    assert own_tmp.aslo("check", "--json").json["probes"] == []
    assert files(own_tmp.folder) == ["aslo.toml"]


def test_a_broken_configuration_is_not_probed(own_tmp: Shell) -> None:
    add(own_tmp, '[storage.other]\nuse = "lokal"\n')
    ended = own_tmp.aslo("check", "--probe")
    assert (ended.status, ended.out) == (2, "")


def test_a_test_notice_is_sent_to_the_notifier_that_is_named(own_tmp: Shell, mail: MailServer) -> None:
    assert own_tmp.aslo("check", "--probe").status == 0
    assert mail.taken == []
    ended = own_tmp.aslo("check", "--notice", "mail")
    assert (ended.status, len(mail.taken)) == (0, 1)
    assert mail.taken[0][0]["Subject"].startswith("[Test]")
    assert "list@example.org" not in ended.out
    assert "test notice" in ended.out


def test_a_test_notice_that_fails_is_told_as_one(own_tmp: Shell, mail: MailServer) -> None:
    mail.stop()
    report = own_tmp.aslo("check", "--notice", "mail", "--json")
    rows = [(row["what"], row["verdict"]) for row in report.json["probes"] if row["table"] == "notifier.mail"]
    assert (report.status, rows) == (1, [("answer", "bad"), ("test notice", "bad")])


def test_a_notifier_that_is_not_there_is_a_wrong_call(own_tmp: Shell) -> None:
    ended = own_tmp.aslo("check", "--notice", "mial")
    assert (ended.status, "no enabled notifier is called 'mial'; known: none" in ended.err) == (2, True)


def test_github_says_whether_a_webhook_points_here(own_tmp: Shell, tmp_path: Path) -> None:
    with GitHub(tmp_path / "github", tokens={"ghp_hush": "aslo-bot"}) as github:
        github.add_token("ghp_hush", "aslo-bot", {"metadata": "read", "organization_hooks": "read"})
        github.add_account("sugarlabs", kind="Organization")
        hook = github.add_hook("sugarlabs", "https://localhost:1/api/hook/github", answers=[202])
        add(own_tmp, f'[source.github]\nuse = "github"\napi_url = "{github.api_url}"\nowners = ["sugarlabs"]\n')
        add(own_tmp, 'secret = "${HOOK}"\ntoken = "${TOKEN}"\n')
        text = (own_tmp.folder / "aslo.toml").read_text()
        own_tmp.write(text.replace("port = 0", 'port = 0\npublic_url = "https://localhost:1"'))
        shell = replace(own_tmp, environ={**own_tmp.environ, "HOOK": "h00k", "TOKEN": "ghp_hush"})
        assert shell.aslo("check", "--probe").status == 0
        hook.url = "https://elsewhere.example.org/api/hook"
        ended = shell.aslo("check", "--probe")
    assert ended.status == 1
    assert "goes to https://elsewhere.example.org/api/hook" in ended.out
    assert "ghp_hush" not in ended.out + ended.err


def test_it_can_be_run_while_aslo_serves(own_tmp: Shell) -> None:
    with own_tmp.start("serve") as serving:
        try:
            assert serving.stderr is not None
            assert any(line.startswith("ASLO serves") for line in serving.stderr)
            ended = own_tmp.aslo("check", "--probe")
        finally:
            serving.terminate()
    assert ended.status == 0
    assert "a row was written and taken back" in ended.out
    assert [name for name in files(own_tmp.folder) if name.startswith("storage")] == []


def test_a_log_in_postgresql_is_tried_by_the_role_that_uses_it(own_tmp: Shell, where: sa.URL, postgres_url: str) -> None:
    with_log(own_tmp, where)
    assert own_tmp.aslo("db", "upgrade", "--as", postgres_url).status == 0
    ended = own_tmp.aslo("check", "--probe")
    assert (ended.status, PASSWORD in ended.out + ended.err) == (0, False)
    assert "a row was written and taken back" in ended.out
    engine = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with closing(engine.connect()) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM aslo_log.build_log_chunks").scalar() == 0
    engine.dispose()
