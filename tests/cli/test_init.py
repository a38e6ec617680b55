"""What `aslo init` makes, and what it leaves alone."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from aslo_core.bootstrap.asking import Nobody
from aslo_core.bootstrap.given import Given
from aslo_core.bootstrap.init import Initialised, WebhookSource, begin, complete, reference
from aslo_core.cli import run
from aslo_core.errors import AsloError, ConfigError

TABLE = '[source.github]\nuse = "github"\nenabled = false\nsecret_file = "secrets/github-webhook"\nowners = ["ada"]\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "aslo.toml"


def initialise(config: Path, owners: Sequence[str] = ()) -> Initialised:
    """What `aslo init` does where nobody is asked."""
    return complete(config, owners) if config.exists() else begin(config, Given(owners=tuple(owners)), Nobody(), os.environ)


def github(made: Initialised) -> WebhookSource:
    (source,) = made.sources
    return source


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_in_an_empty_folder_it_writes_the_reference_switched_on_and_a_secret(config: Path):
    before = os.umask(0)
    try:
        made = initialise(config)
    finally:
        os.umask(before)
    secret = config.parent / "secrets" / "github-webhook"
    assert (made.new_file, github(made).switched_on, made.new_secrets, github(made).secret) == (True, True, (secret,), secret)
    lines, as_reference = config.read_text().splitlines(), reference().splitlines()
    assert [(old, new) for old, new in zip(as_reference, lines, strict=True) if old != new] == [
        ("enabled = false", "enabled = true")
    ]
    assert len(bytes.fromhex(secret.read_text().strip())) == 32
    assert (mode(secret), mode(secret.parent)) == (0o600, 0o700)


def test_a_second_call_changes_nothing(config: Path):
    initialise(config)
    secret = config.parent / "secrets" / "github-webhook"
    before = (config.read_bytes(), secret.read_bytes(), config.stat().st_mtime_ns)
    made = initialise(config)
    assert (made.new_file, github(made).switched_on, made.new_secrets) == (False, False, ())
    assert (config.read_bytes(), secret.read_bytes(), config.stat().st_mtime_ns) == before


def test_two_secrets_are_never_the_same(tmp_path: Path):
    secrets = set()
    for name in "ab":
        initialise(tmp_path / name / "aslo.toml")
        secrets.add((tmp_path / name / "secrets" / "github-webhook").read_text())
    assert len(secrets) == 2


def test_owners_of_a_new_file(config: Path):
    made = initialise(config, ["ada", "grace"])
    assert github(made).owners == ("ada", "grace")
    assert config.read_text().splitlines()[github(made).owners_line - 1] == 'owners = ["ada", "grace"]'
    assert tomllib.loads(config.read_text())["source"]["github"]["owners"] == ["ada", "grace"]
    assert github(initialise(config, ["ada", "grace"])).owners == ("ada", "grace")


def test_owners_of_a_file_that_is_there_stay(config: Path):
    config.write_text(TABLE)
    with pytest.raises(
        AsloError, match=r'aslo\.toml:5: this file is here already, .*write owners = \["grace"\] there yourself'
    ):
        initialise(config, ["grace"])
    assert config.read_text() == TABLE
    assert not (config.parent / "secrets").exists()


def test_it_says_which_owners_are_allowed(config: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["-c", str(config), "init", "--owner", "ada", "--owner", "grace"]) == 0
    line = config.read_text().splitlines().index('owners = ["ada", "grace"]') + 1
    assert f"{config}:{line}: releases are taken from ada, grace alone" in capsys.readouterr().out
    assert run(["-c", str(config.parent / "all" / "aslo.toml"), "init", "--owner", "*"]) == 0
    assert "releases are taken from everybody who has the secret" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "switched"),
    [
        (TABLE, TABLE.replace("false", "true")),
        (TABLE.replace("\n", "\r\n"), TABLE.replace("\n", "\r\n").replace("false", "true")),
        ("\ufeff" + TABLE, "\ufeff" + TABLE.replace("false", "true")),
        (TABLE.replace("enabled = false", "  enabled=false# off"), TABLE.replace("enabled = false", "  enabled=true# off")),
        (TABLE.replace("enabled", '"enabled"'), TABLE.replace("enabled = false", '"enabled" = true')),
        (TABLE.replace("[source.github]", '[ source . "github" ] # here'), None),
        (f"# [source.github]\n# enabled = false\nx = '''\n[source.github]\nenabled = false\n'''\n{TABLE}", None),
        ('[source]\ngithub.use = "github"\ngithub.enabled = false\ngithub.secret = "x"\n', None),
        ('source = { github = { use = "github", enabled = false, secret = "x" } }\n', None),
        (f"{TABLE}\n# the end, without a line end", None),
    ],
)
def test_only_the_switch_is_changed_however_the_table_is_written(config: Path, text: str, switched: str | None):
    config.write_bytes(text.encode())
    config.chmod(0o640)
    assert github(initialise(config)).switched_on
    before, after = text.encode(), config.read_bytes()
    assert after.decode() == (switched if switched is not None else "true".join(text.rsplit("false", 1)))
    assert tomllib.loads(after.decode("utf-8-sig"))["source"]["github"]["enabled"] is True
    assert before.count(b"\n") == after.count(b"\n")
    assert mode(config) == 0o640
    assert sorted(path.name for path in config.parent.iterdir() if path.is_file()) == ["aslo.toml"]


def test_a_table_without_the_switch_is_on_already(config: Path):
    config.write_text(TABLE.replace("enabled = false\n", ""))
    assert not github(initialise(config)).switched_on


def test_what_cannot_be_switched_says_where_and_how(config: Path):
    text = TABLE.replace("enabled = false", 'enabled = false\nx = [{ y = 1 },\n2]\n"en\\u0061bled2" = 1').replace(
        "enabled = false", '"en\\u0061bled" = false'
    )
    config.write_text(text)
    with pytest.raises(
        AsloError, match=r"aslo\.toml:3: source\.github\.enabled cannot be changed .*write enabled = true yourself"
    ):
        initialise(config)
    assert config.read_text() == text
    assert not (config.parent / "secrets").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no table [source.github]; add one"),
        ("source = 3", "has no table [source.github]; add one"),
        ("[source]\ngithub = 3", "has no table [source.github]; add one"),
        ('[source.github]\nuse = "git"', '[source.github] is not of use = "github"'),
        ('[source.github]\nuse = "github"', "has no secret; write secret_file"),
    ],
)
def test_a_file_without_a_github_source_says_what_to_add(config: Path, text: str, why: str):
    config.write_text(text)
    with pytest.raises(AsloError) as caught:
        initialise(config)
    assert why in str(caught.value)
    assert config.read_text() == text


def test_a_file_that_is_no_toml_is_told_with_its_line(config: Path):
    config.write_text("[source.github\n")
    with pytest.raises(ConfigError, match=r"aslo\.toml:1: this is not TOML"):
        initialise(config)


def test_the_secret_goes_where_the_file_says(config: Path):
    config.write_text(TABLE.replace("secrets/github-webhook", "deep/er/hook"))
    made = initialise(config)
    assert github(made).secret == config.parent / "deep" / "er" / "hook"
    assert mode(github(made).secret) == 0o600


@pytest.mark.parametrize("line", ['secret = "${HOOK}"', 'secret_file = "${CREDENTIALS_DIRECTORY}/hook"'])
def test_no_secret_is_made_where_it_comes_from_elsewhere(config: Path, line: str):
    config.write_text(TABLE.replace('secret_file = "secrets/github-webhook"', line))
    made = initialise(config)
    assert github(made).secret is None
    assert sorted(path.name for path in config.parent.iterdir()) == ["aslo.toml"]


def test_a_secret_file_without_a_secret_is_told(config: Path):
    config.write_text(TABLE)
    (config.parent / "secrets").mkdir()
    (config.parent / "secrets" / "github-webhook").touch()
    with pytest.raises(AsloError, match="github-webhook is empty: remove it, and call this again"):
        initialise(config)
    assert config.read_text() == TABLE


def test_a_link_stays_a_link(tmp_path: Path):
    real = tmp_path / "etc" / "aslo.toml"
    real.parent.mkdir()
    real.write_text(TABLE)
    (tmp_path / "aslo.toml").symlink_to(real)
    initialise(tmp_path / "aslo.toml")
    assert (tmp_path / "aslo.toml").is_symlink()
    assert "enabled = true" in real.read_text()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(AsloError, match=r"/file is no folder; name a folder of its own"):
        initialise(tmp_path / "file" / "aslo.toml")
