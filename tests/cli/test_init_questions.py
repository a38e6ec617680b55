"""What `aslo init` asks at a terminal, and what flags answer in its place."""

from __future__ import annotations

import io
import stat
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aslo_core.bootstrap.init import reference
from aslo_core.cli import run
from tests.cli.conftest import Shell
from tests.cli.terminal import CTRL_C, CTRL_D, ENTER, at_terminal
from tests.plugins.conftest import Site

ANY_PORT = ("--set", "server.port=0")
"""The usual one may be taken on this machine, which a check would find."""
FTP = ["--no-input", "--storage", "local", "--storage", "ftp", "--set", "storage.mirror.host=ftp.here"]
SHELF = """
from typing import Annotated
from aslo_core.api import ChosenHere, Offer, Options, Secret, hook

class ShelfOptions(Options):
    label: str
    '''What stands on the shelf. Choose it well.'''
    size: int = 3
    '''How many books it takes.'''
    key: Annotated[Secret, ChosenHere(lambda: "turned")]
    '''What it is locked with.'''

@hook
def aslo_storages():
    return [Offer("book_shelf", ShelfOptions, lambda options, context: options)]
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def kept_comments(config: Path) -> float:
    """How much of the reference's comments a configuration has."""
    comments = {line for line in reference().splitlines() if line.startswith("#")}
    return len(comments.intersection(config.read_text().splitlines())) / len(comments)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "home" / "aslo.toml"


@pytest.fixture
def home(config: Path) -> Path:
    config.parent.mkdir()
    return config.parent


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    made = Site(folder)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)


def written(config: Path) -> Any:
    return tomllib.loads(config.read_text(encoding="utf-8"))


def asked(monkeypatch: pytest.MonkeyPatch, config: Path, *answers: str, flags: tuple[str, ...] = ()) -> int:
    """Answer on standard input; whatever is not answered by then takes its default."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in [*answers, *[ENTER] * 30])))
    return run(["-c", str(config), "init", "--ask", *ANY_PORT, *flags])


def test_at_a_terminal_enter_takes_every_default(shell: Shell):
    with at_terminal(shell, "init", *ANY_PORT) as terminal:
        for key in ("server.public_url", "data.path", "log", "broker", "source", "source.github.secret"):
            terminal.answer(f"\n{key} [", ENTER)
        for key in ("source.github.owners", "builder", "storage", "storage.main.path", "notifier"):
            assert left(shell.folder) == []
            terminal.answer(f"\n{key} [", ENTER)
        assert terminal.end() == 0, terminal.seen
    lines, as_reference = (shell.folder / "aslo.toml").read_text().splitlines(), reference().splitlines()
    assert [(old, new) for old, new in zip(as_reference, lines, strict=True) if old != new] == [
        ("port = 8000", "port = 0"),
        ("enabled = false", "enabled = true"),
    ]
    assert left(shell.folder) == ["aslo.toml", "secrets", "secrets/github-webhook"]
    assert mode(shell.folder / "secrets" / "github-webhook") == 0o600
    assert "aslo.toml: all is well" in terminal.seen
    assert terminal.seen.rstrip().endswith("2. aslo serve")


def test_at_a_terminal_wrong_answers_are_refused_and_secrets_are_never_seen(shell: Shell):
    with at_terminal(shell, "init", *ANY_PORT) as terminal:
        terminal.answer("server.public_url [", "activities.here")
        terminal.expect('"activities.here"; an address such as')
        terminal.answer("server.public_url [", "https://activities.here")
        terminal.answer("data.path [", "?")
        terminal.expect("By flag: --set data.path=VALUE")
        terminal.answer("data.path [", "var/data")
        terminal.answer("log [", ENTER)
        terminal.answer("broker [", ENTER)
        terminal.answer("source [", "forgejo")
        terminal.expect("source.codeberg.secret [")
        terminal.expect("(not shown): ")
        assert not terminal.echoes()
        terminal.type("correct horse\n")
        terminal.answer("source.codeberg.owners [", "ada, grace")
        terminal.answer("source.codeberg.url [", ENTER)
        terminal.answer("[source.codeberg] [", "prereleases")
        terminal.answer("source.codeberg.prereleases [", "perhaps")
        terminal.expect("it must be true or false")
        terminal.answer("source.codeberg.prereleases [", "true")
        terminal.answer("[source.codeberg] [", ENTER)
        terminal.answer("builder [", ENTER)
        terminal.answer("storage [", "local, ftp")
        terminal.answer("storage.mirror.host", ENTER)
        terminal.expect("there has to be an answer")
        terminal.answer("storage.mirror.host", "ftp.here")
        terminal.answer("storage.mirror.user [", ENTER)
        terminal.answer("storage.mirror.password", "battery staple")
        terminal.answer("[storage.mirror] [", ENTER)
        terminal.answer("storage.main.path [", "var")
        terminal.expect("is or holds the data directory")
        terminal.answer("storage.main.path [", "store")
        terminal.answer("notifier [", ENTER)
        assert terminal.end() == 0, terminal.seen
    assert "ada, grace" in terminal.seen
    assert "horse" not in terminal.seen
    assert "staple" not in terminal.seen
    made = written(shell.folder / "aslo.toml")
    assert (made["server"]["public_url"], made["data"]["path"]) == ("https://activities.here", "var/data")
    assert made["source"]["github"]["enabled"] is False
    assert made["source"]["codeberg"]["owners"] == ["ada", "grace"]
    assert (made["storage"]["mirror"]["host"], made["storage"]["main"]["path"]) == ("ftp.here", "store")
    secrets = shell.folder / "secrets"
    assert (secrets / "codeberg-webhook").read_text() == "correct horse\n"
    assert (secrets / "ftp-password").read_text() == "battery staple\n"
    assert {mode(path) for path in secrets.iterdir()} == {0o600}
    assert "Payload URL: https://activities.here/api/hook/codeberg" in terminal.seen
    assert kept_comments(shell.folder / "aslo.toml") >= 0.97


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("question", ["data.path [", "source.github.secret ["])
def test_who_breaks_off_leaves_nothing_behind(shell: Shell, key: str, question: str):
    with at_terminal(shell, "init") as terminal:
        while question not in terminal.seen:
            terminal.expect("]")
            terminal.expect(": ")
            if question not in terminal.seen:
                terminal.type("\n")
        assert terminal.break_off(key) == 130, terminal.seen
    assert "Nothing was written." in terminal.seen
    assert left(shell.folder) == []


def test_at_a_terminal_a_file_that_is_there_stays_and_nothing_is_asked(shell: Shell):
    shell.write('[source.github]\nuse = "github"\nsecret = "${HOOK}"\nowners = ["ada"]\n')
    before = (shell.folder / "aslo.toml").read_bytes()
    with at_terminal(shell, "init") as terminal:
        assert terminal.end() == 0
    assert "aslo.toml: is here already, and stays as it is" in terminal.seen
    assert (shell.folder / "aslo.toml").read_bytes() == before


def test_flags_for_a_file_that_is_there_are_refused(config: Path, home: Path, capsys: pytest.CaptureFixture[str]):
    config.write_text('[source.github]\nuse = "github"\n')
    for flags in (["--ask"], ["--storage", "ftp"], ["--public-url", "https://a.here"]):
        assert run(["-c", str(config), "init", *flags]) == 1
        assert "is here already, and stays as it is: change it there, or move it away first" in capsys.readouterr().err
    assert left(home) == ["aslo.toml"]


def test_flags_answer_every_question(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "password").write_text("s3cret")
    (home / "password").chmod(0o600)
    monkeypatch.setenv("LOG", "postgresql://aslo:secret@localhost/aslo")
    flags = [*FTP, "--set", "storage.mirror.password_file=password", "--set", "storage.mirror.required=false"]
    flags += ["--public-url", "https://a.here", "--data", "var", "--set", "data.log_url=${LOG}", "--broker", "memory"]
    flags += ["--source", "forgejo", "--owner", "ada", "--set", "source.codeberg.secret_file=keys/hook"]
    flags += ["--set", "source.git.allow=file:///srv/", "--builder", "docker", "--notifier", "none"]
    assert run(["-c", str(config), "init", *flags]) == 0
    made = written(config)
    assert made["server"]["public_url"] == "https://a.here"
    assert (made["data"]["path"], made["data"]["log_url"]) == ("var", "${LOG}")
    assert made["source"]["codeberg"]["owners"] == ["ada"]
    assert made["source"]["git"]["allow"] == ["file:///srv/"]
    assert (made["build"]["builder"], made["builder"]["sandbox"]["enabled"]) == ("docker", False)
    mirror = made["storage"]["mirror"]
    assert (mirror["enabled"], mirror["password_file"], mirror["required"]) == (True, "password", False)
    assert len(bytes.fromhex((home / "keys" / "hook").read_text())) == 32
    assert kept_comments(config) >= 0.95


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ([*FTP], "storage.mirror.password: there has to be an answer; answer it with --set storage.mirror.password_file=PATH"),
        (["--storage", "tape"], "--storage: 'tape'; allowed: ftp, local, s3"),
        (["--storage", "none"], "--storage: 'none'"),
        (["--log", "mysql"], "--log: 'mysql'; allowed: sqlite, postgresql"),
        (["--log", "postgresql"], "data.log_url: there has to be an answer"),
        (["--builder", "none"], "--builder: 'none'"),
        (["--public-url", "a.here"], '"a.here"; an address such as'),
        (["--set", "storage.mirror.host=a.here"], "that table is off; choose it with --storage ftp"),
        (["--set", "storage.mirror.hots=a.here"], "--set storage.mirror.hots: unknown key; did you mean host?"),
        (["--set", "storage.miror.host=a.here"], "there is no table storage.miror; did you mean storage.mirror?"),
        (["--set", "storage.mirror.password=s3cret"], "a secret on a command line can be seen by everybody"),
        (["--set", "storage.mirror.password_file=away"], '"away" is not there'),
        (["--set", "build.workers=many"], '"many"; it must be a whole number'),
        (["--set", "workers=3"], "is no TABLE.KEY=VALUE"),
        (["--set", "build.workers"], "is no TABLE.KEY=VALUE"),
        (["--source", "none", "--owner", "ada"], "--owner: no source is chosen that knows accounts"),
        (["--set", "storage.main.path=data"], "is or holds the data directory"),
    ],
)
def test_a_wrong_flag_is_told_and_nothing_is_written(
    config: Path, home: Path, capsys: pytest.CaptureFixture[str], flags: list[str], why: str
):
    assert run(["-c", str(config), "init", "--no-input", *flags]) == 2
    told = capsys.readouterr().err
    assert why in told
    assert "s3cret" not in told
    assert left(home) == []


def test_options_that_contradict_each_other_are_told_before_anything_is_written(config: Path, home: Path):
    assert run(["-c", str(config), "init", "--no-input", "--set", "bundle.inflated_mib=10"]) == 2
    assert left(home) == []


def test_a_plugin_of_others_is_asked_for_by_its_own_options(
    config: Path, home: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    site.install("shelf", SHELF, entry="storage.book_shelf")
    before_storages = ("--source", "none", "--builder", "bubblewrap", "--notifier", "none", "--data", "d", "--log", "sqlite")
    asked(
        monkeypatch,
        config,
        *(ENTER, ENTER, "book_shelf, local", ENTER, "?", "travel", ENTER, "size", "many", "5", ENTER, ENTER),
        flags=before_storages,
    )
    told = capsys.readouterr().out
    assert "What stands on the shelf. Choose it well." in told
    assert '"many"; it must be a whole number (How many books it takes)' in told
    assert written(config)["storage"]["book-shelf"] == {
        "use": "book_shelf",
        "label": "travel",
        "size": 5,
        "key_file": "secrets/book-shelf-key",
    }
    assert (home / "secrets" / "book-shelf-key").read_text() == "turned\n"
    assert kept_comments(config) >= 0.98


def test_a_secret_that_is_there_is_taken_and_never_written_over(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    secret = home / "secrets" / "github-webhook"
    secret.parent.mkdir()
    secret.write_text("mine\n")
    monkeypatch.setenv("HOOK", "from outside")
    assert asked(monkeypatch, config, *[ENTER] * 5, "another", ENTER) == 0
    assert secret.read_text() == "mine\n"
    config.unlink()
    assert asked(monkeypatch, config, *[ENTER] * 5, "${NOWHERE}", "${HOOK}") == 0
    assert written(config)["source"]["github"]["secret"] == "${HOOK}"
    assert "secret_file" not in written(config)["source"]["github"]


def test_what_cannot_be_asked_for_in_one_line_is_asked_again(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    flags = ("--source", "none", "--storage", "local", "--notifier", "github")
    answers = [*[ENTER] * 6, ENTER, ENTER, "nothing", "token", "t0ken", ENTER]
    assert asked(monkeypatch, config, *answers, flags=flags) == 0
    assert (home / "secrets" / "github-token").read_text() == "t0ken\n"


def test_a_choice_of_nothing_that_is_offered_is_asked_again(
    config: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert asked(monkeypatch, config, ENTER, ENTER, "mysql", "sqlite postgresql", "sqlite") == 0
    told = capsys.readouterr().out
    assert "log: 'mysql'; allowed: sqlite, postgresql" in told
    assert "log: only one can be chosen" in told
    assert left(home)[0] == "aslo.toml"


def test_characters_that_no_option_holds_are_refused(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    assert asked(monkeypatch, config, "https://a.here/\x1b[A", "\udcff", "https://a.here") == 0
    assert written(config)["server"]["public_url"] == "https://a.here"
    assert left(home)[0] == "aslo.toml"


def test_what_a_check_finds_is_told_at_the_end(
    config: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert asked(monkeypatch, config, flags=("--builder", "docker", "--set", "server.host=192.0.2.1")) == 2
    told = capsys.readouterr()
    assert "cannot" in told.err
    assert f"mend what stands above, until `aslo -c {config} check` ends with: all is well" in told.out
    assert left(home)[0] == "aslo.toml"


def test_what_cannot_be_written_leaves_nothing_behind(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "keys").touch()
    flags = ("--set", "source.github.secret_file=deep/hook", "--source", "github", "--source", "forgejo")
    flags += ("--set", "source.codeberg.secret_file=keys/hook")
    assert run(["-c", str(config), "init", "--no-input", *flags]) == 1
    assert left(home) == ["keys"]
