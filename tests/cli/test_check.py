"""`aslo check`: what is wrong comes all at once; what is right is told with what this machine gives."""

from __future__ import annotations

import re
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from aslo_core.testing.repository import GitPlumbing
from tests.cli.conftest import CONFIGURATION, Shell


def test_without_a_configuration_it_says_how_to_have_one(shell: Shell):
    ended = shell.aslo("check")
    assert ended.status == 2
    assert ended.err.endswith("or make one with `aslo init`\n1 problem in the configuration.\n")
    assert ended.out == ""


def test_every_problem_at_once_for_people_and_for_programs(shell: Shell):
    rest = CONFIGURATION.format(allow="file:///srv/").partition("port = 0\n")[2].replace('"local"', '"lokal"')
    shell.write(f"[server]\nport = 'x'\nthreads = 0\n{rest}")
    ended = shell.aslo("check")
    assert ended.status == 2
    lines = ended.err.splitlines()
    assert [line.partition(": ")[0].rpartition("aslo.toml:")[2] for line in lines[:-1]] == ["2", "3", "10"]
    assert lines[-1] == "3 problems in the configuration."
    as_json = shell.aslo("check", "--json")
    assert as_json.status == 2
    assert as_json.json["ok"] is False
    rows = as_json.json["problems"]
    assert [f"{row['file']}:{row['line']}: {row['key']}: {row['found']}; {row['allowed']}" for row in rows] == lines[:-1]
    assert as_json.err == ""


def test_all_is_well_with_what_this_machine_gives(installed: Shell):
    ended = installed.aslo("check")
    assert (ended.status, ended.out.splitlines()[0]) == (0, "aslo.toml: all is well.")
    assert "[builder.sandbox]     bubblewrap    aslo-builder-bubblewrap" in ended.out
    assert "isolation of builds: " in ended.out
    report = installed.aslo("check", "--json").json
    assert report["ok"] is True
    assert [(row["kind"], row["name"], row["use"]) for row in report["instances"]] == [
        ("source", "git", "git"),
        ("builder", "sandbox", "bubblewrap"),
        ("storage", "main", "local"),
    ]
    assert report["instances"][1]["isolation"]["level"] in ("sandbox", "landlock", "process")
    assert report["git"].startswith("2.")
    assert report["warnings"] == []


def test_it_makes_no_data(installed: Shell):
    installed.aslo("check")
    assert sorted(path.name for path in installed.folder.iterdir()) == ["aslo.toml"]


def test_a_readable_secret_is_a_warning(installed: Shell):
    (installed.folder / "broker").write_text("redis://:hunter2@127.0.0.1/0")
    (installed.folder / "broker").chmod(0o644)
    installed.write((installed.folder / "aslo.toml").read_text() + '[broker]\nurl_file = "broker"\n')
    ended = installed.aslo("check")
    assert ended.status == 0
    assert 'broker.url_file: everybody on this machine may read "broker"; chmod o= "broker"' in ended.out
    assert "all is well but for the above" in ended.out
    assert "hunter2" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("script", "status", "words"),
    [
        ("echo git version 2.31.9", 2, "source.git: the git program of this machine is 'git version 2.31.9'; install git 2.32"),
        (None, 2, "source.git: there is no git program on this machine; install git 2.32 or newer, best 2.37 or newer"),
        ("echo git version 2.36.0", 0, "git.old"),
    ],
)
def test_a_git_that_is_too_old_is_told_at_the_table_that_needs_it(
    installed: Shell, tmp_path: Path, script: str | None, status: int, words: str
):
    programs = tmp_path / "bin"
    programs.mkdir()
    bwrap = shutil.which("bwrap")
    if bwrap:
        (programs / "bwrap").symlink_to(bwrap)
    if script:
        (programs / "git").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "git").chmod(0o755)
    ended = replace(installed, environ={"PATH": str(programs)}).aslo("check")
    assert ended.status == status
    assert words in ended.err
    assert "aslo.toml:3: " in ended.err or status == 0


def test_what_a_plugin_cannot_make_of_its_table_is_a_problem_of_it(installed: Shell):
    text = (installed.folder / "aslo.toml").read_text()
    installed.write(text.replace('"bubblewrap"', '"bubblewrap"\nprogram = "no-such-bwrap"'))
    ended = installed.aslo("check", "--json")
    assert ended.status == 2
    (problem,) = ended.json["problems"]
    assert (problem["key"], problem["line"]) == ("builder.sandbox.program", 8)


def test_setup_can_be_run_with_sugars_toolkit_alone(installed: Shell):
    installed.write((installed.folder / "aslo.toml").read_text() + '[build]\nrun_setup_for = ["git:ada"]\n')
    ended = installed.aslo("check", "--json")
    assert ended.status == 2
    (problem,) = ended.json["problems"]
    assert (problem["key"], problem["line"]) == ("builder.sandbox.image", 6)
    assert "[build] run_setup_for has setup.py of repositories run, which takes Sugar's toolkit" in problem["found"]


def test_more_source_than_can_be_packed_is_a_problem(installed: Shell):
    installed.write((installed.folder / "aslo.toml").read_text().replace("[builder.", "tree_mib = 513\n[builder."))
    ended = installed.aslo("check")
    assert ended.status == 2
    assert "aslo.toml:6: source.git.tree_mib: 513" in ended.err
    assert "it must be at most 512" in ended.err


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("aslo.toml", "is no folder"),
        ("aslo.toml/below", "is no folder"),
        ("/proc/x", "cannot be made"),
        ("data", "is or holds the data directory"),
        ("data/../data/work/x", "lies where ASLO works"),
    ],
)
def test_a_folder_that_cannot_be_a_storage_is_a_problem(installed: Shell, path: str, words: str):
    installed.write((installed.folder / "aslo.toml").read_text().replace('"storage"', f'"{path}"'))
    ended = installed.aslo("check")
    assert ended.status == 2
    assert "storage.main.path: " in ended.err
    assert words in ended.err


@pytest.mark.parametrize("path", ["aslo.toml", "aslo.toml/below"])
def test_a_file_in_place_of_the_data_directory_is_a_problem(installed: Shell, path: str):
    installed.write((installed.folder / "aslo.toml").read_text() + f'[data]\npath = "{path}"\n')
    ended = installed.aslo("check")
    assert ended.status == 2
    assert re.search(r"aslo\.toml:\d+: data\.path: .* cannot be the data directory: .*aslo\.toml is no folder", ended.err)


@pytest.mark.parametrize("path", ["storage", "data/../storage", "link"])
def test_two_storages_at_one_place_are_a_problem(installed: Shell, path: str):
    (installed.folder / "data").mkdir()
    (installed.folder / "link").symlink_to("storage")
    installed.write((installed.folder / "aslo.toml").read_text() + f'[storage.mirror]\nuse = "local"\npath = "{path}"\n')
    ended = installed.aslo("check")
    assert (ended.status, "storage.mirror: it is the same place as storage.main" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("storage/deep", "it lies within storage.main"),
        ("link/deep", "it lies within storage.main"),
        (".", "storage.main lies within it"),
        ('storage"\nserve_with = "x-sendfile', "it is the same place as storage.main"),
    ],
)
def test_a_storage_within_another_is_a_problem_that_keeps_aslo_from_starting(installed: Shell, path: str, words: str):
    (installed.folder / "link").symlink_to("storage")
    text = (installed.folder / "aslo.toml").read_text() + '[data]\npath = "../elsewhere"\n'
    installed.write(text + f'[storage.mirror]\nuse = "local"\npath = "{path}"\n')
    line = len(text.splitlines()) + 1
    for command in ("check", "serve"):
        ended = installed.aslo(command)
        assert ended.status == 2
        assert f"aslo.toml:{line}: storage.mirror: {words}; give each storage a place of its own" in ended.err


def test_two_storages_on_one_server_are_a_problem_whatever_else_they_are_given(installed: Shell):
    bucket = 'use = "s3"\nendpoint = "https://s3.example.org"\nbucket = "bundles"\nsecret_key = "secret"\n'
    server = 'use = "ftp"\nhost = "ftp.example.org"\npath = "/srv"\npassword = "secret"\n'
    tables = [
        f'[storage.one]\n{bucket}access_key = "a"\n',
        f'[storage.two]\n{bucket}access_key = "b"\naddressing = "virtual"\n',
        f'[storage.three]\n{bucket}access_key = "a"\nprefix = "three"\n',
        f'[storage.four]\n{server}user = "four"\n',
        f'[storage.five]\n{server}user = "five"\ntls = "implicit"\n',
    ]
    installed.write((installed.folder / "aslo.toml").read_text() + "".join(tables))
    ended = installed.aslo("check")
    assert ended.status == 2
    assert [line.split(": ", 1)[1].partition(";")[0] for line in ended.err.splitlines() if "same place" in line] == [
        "storage.two: it is the same place as storage.one",
        "storage.five: it is the same place as storage.four",
    ]


def test_tables_places_and_addresses_are_told_at_once(installed: Shell):
    text = (installed.folder / "aslo.toml").read_text() + '[storage.mirror]\nuse = "local"\npath = "storage"\n'
    text = text.replace('"bubblewrap"', '"bubblewrap"\nprogram = "no-such-bwrap"')
    with socket.create_server(("127.0.0.1", 0)) as other:
        installed.write(text.replace("port = 0", f"port = {other.getsockname()[1]}"))
        ended = installed.aslo("check", "--json")
    assert ended.status == 2
    assert {problem["key"] for problem in ended.json["problems"]} == {"builder.sandbox.program", "storage.mirror", "server"}


def test_an_address_that_cannot_be_listened_on_is_a_problem(installed: Shell):
    text = (installed.folder / "aslo.toml").read_text()
    with socket.create_server(("127.0.0.1", 0)) as other:
        installed.write(text.replace("port = 0", f"port = {other.getsockname()[1]}"))
        ended = installed.aslo("check")
    assert (ended.status, "Address already in use" in ended.err) == (2, True)
    installed.write(text.replace("port = 0", 'host = "no-such-host.invalid"'))
    assert "'no-such-host.invalid' is no address" in installed.aslo("check").err


def test_a_broker_that_does_not_answer_is_a_warning_without_its_password(installed: Shell):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    installed.write((installed.folder / "aslo.toml").read_text() + f'[broker]\nurl = "redis://:hunter2@127.0.0.1:{port}/0"\n')
    ended = installed.aslo("check")
    assert (ended.status, "the broker does not answer" in ended.out) == (0, True)
    assert "hunter2" not in ended.out + ended.err


def test_a_damaged_log_is_a_problem(installed: Shell):
    assert installed.aslo("db", "upgrade").status == 0
    (installed.folder / "data" / "log.db").write_bytes(b"no database" * 1000)
    ended = installed.aslo("check")
    assert (ended.status, "it is not an SQLite database" in ended.err) == (2, True)


@pytest.fixture
def renamed(installed: Shell, repository: GitPlumbing) -> Shell:
    """An installation with a release of the source `git`, which its operator now calls `tags`."""
    assert installed.aslo("submit", repository.address, "v1").status == 0
    assert installed.aslo("release", "list").status == 0
    assert installed.aslo("check", "--json").json["warnings"] == []
    installed.write((installed.folder / "aslo.toml").read_text().replace("[source.git]", "[source.tags]"))
    return installed


def test_a_source_that_was_renamed_is_a_warning(renamed: Shell):
    ended = renamed.aslo("check")
    assert ended.status == 0
    assert "source.git: the log has releases of this source, and there is no table [source.git]; " in ended.out
    assert "all is well but for the above" in ended.out


def test_a_source_that_is_kept_switched_off_is_none(renamed: Shell):
    renamed.write((renamed.folder / "aslo.toml").read_text() + '[source.git]\nuse = "git"\nenabled = false\n')
    assert renamed.aslo("check", "--json").json["warnings"] == []


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_views_that_cannot_be_read_are_a_warning_and_stay_as_they_are(renamed: Shell, content: bytes):
    views = renamed.folder / "data" / "views.db"
    views.write_bytes(content)
    (warning,) = renamed.aslo("check", "--json").json["warnings"]
    assert warning["key"] == "data.path"
    assert "cannot be told" in warning["found"]
    assert views.read_bytes() == content


def test_a_template_that_is_broken_is_told_with_its_line(installed: Shell):
    (installed.folder / "words").mkdir()
    (installed.folder / "words" / "body.json").write_text('{"text":\n{{ titel }}}')
    with (installed.folder / "aslo.toml").open("a") as file:
        file.write('[notifier.chat]\nuse = "webhook"\ntemplates = "words"\nurl = "${HOOK}"\nsecret = "${SECRET}"\n')
    environ = {"HOOK": "https://hooks.example.org/a", "SECRET": "whsec_" + "c2VjcmV0" * 6}
    ended = replace(installed, environ=environ).aslo("check")
    assert ended.status == 2
    assert "words/body.json:2: notifier.chat.templates: 'titel' is undefined; mend it" in ended.err
    (installed.folder / "words" / "body.json").write_text('{"text": {{ title }}}')
    assert replace(installed, environ=environ).aslo("check").status == 0
