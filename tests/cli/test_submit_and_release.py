"""`aslo submit` and `aslo release`, without a server and with one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aslo_core.log import EventLog
from aslo_core.testing import values
from aslo_core.testing.repository import GitPlumbing
from aslo_core.testing.story import Made, Story
from tests.cli.conftest import CONFIGURATION, Shell


@contextmanager
def serving(shell: Shell) -> Iterator[subprocess.Popen[bytes]]:
    """A running `aslo serve`, with its messages in a file."""
    with (shell.folder / "serve.log").open("ab") as messages:
        process = subprocess.Popen(
            shell.command("serve"), cwd=shell.folder, env=shell.environment, stdout=messages, stderr=messages
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def test_without_a_server_it_says_that_it_will_be_worked_on(installed: Shell, repository: GitPlumbing):
    ended = installed.aslo("submit", repository.address, "v1")
    assert ended.status == 0
    accepted, who, where = ended.out.splitlines()
    stream = accepted.removeprefix("accepted: ")
    assert stream.startswith("release/git/")
    assert who == f"No `aslo serve` seems to run on {installed.folder}/data; it is taken up once one does."
    assert where.endswith(f"/status/releases/{stream.removeprefix('release/')}, or add --wait.")
    assert "all is well" not in ended.err


def test_the_whole_way_with_a_server(installed: Shell, repository: GitPlumbing):
    with serving(installed):
        ended = installed.aslo("submit", repository.address, "v1", "--wait", "--json")
        assert ended.status == 0, ended.err
        receipt, *events = ended.json_lines
        assert receipt["decision"] == "accepted"
        assert (events[0]["type"], events[-1]["type"]) == ("release.announced", "release.published")
        stream = receipt["release"]
        again = installed.aslo("submit", repository.address, "v1", "--wait")
        assert (again.status, again.out.splitlines()[-1].strip()) == (0, "release.unchanged")
        assert "takes it up" in installed.aslo("release", "retry", stream).out
    rows = installed.aslo("release", "list", "--json").json_lines
    assert [row["stream"] for row in rows] == [stream]
    shown = installed.aslo("release", "show", stream.removeprefix("release/"), "--json").json
    assert shown["release"]["published_version"] == "1"
    assert shown["timeline"][0]["name"] == "release.announced"
    for_people = installed.aslo("release", "show", stream).out
    assert for_people.startswith("star-map v1: ")
    assert "Release v1 was begun anew (retry) by an operator." in for_people
    assert installed.aslo("release", "list", "--state", "rejected").err.strip() == "There are no such releases."


def test_while_builds_pause_it_says_that_it_waits_and_why(installed: Shell, repository: GitPlumbing):
    with (installed.folder / "aslo.toml").open("a") as file:
        file.write("[data]\nkeep_free_mib = 1_000_000_000\n")
    with serving(installed):
        while not (installed.folder / "serve.log").read_text().count("builds.paused"):
            pass
        ended = installed.aslo("submit", repository.address, "v1")
    assert ended.status == 0
    assert "It waits, since builds pause: the disk of the data folder" in ended.out
    assert "takes it up" not in ended.out


def test_a_time_that_is_yet_to_come_is_nothing_to_look_back_to(installed: Shell):
    ended = installed.aslo("reconcile", "--since", "9999-01-01")
    assert ended.status == 2
    assert "9999-01-01 00:00:00 UTC is yet to come" in ended.err


def test_a_release_that_fails_ends_with_1_and_the_reason(installed: Shell, repository: GitPlumbing):
    with serving(installed):
        ended = installed.aslo("submit", repository.address, "v2", "--wait")
    assert ended.status == 1
    assert ended.out.splitlines()[-1].strip() == "release.rejected"
    found, cure = ended.err.strip().splitlines()[-2:]
    assert "v2" in found
    assert cure.endswith("(source.tag-missing)")
    stream = ended.out.splitlines()[0].removeprefix("accepted: ")
    told = installed.aslo("release", "show", stream).out
    assert "(source.tag-missing)" in told
    page = "http://127.0.0.1:0/rules/source.tag-missing"
    assert f"  See {page}\n" in told
    assert installed.aslo("release", "show", stream, "--json").json["rule_url"] == page


def test_waiting_says_when_nothing_takes_it_up_and_goes_on_waiting(installed: Shell, repository: GitPlumbing):
    """Also where an earlier run is cancelled by this one, which is no end of this one."""
    installed.aslo("submit", repository.address, "v1")
    with installed.start("submit", repository.address, "v1", "--wait") as waiting:
        assert waiting.stderr is not None
        assert waiting.stdout is not None
        said = waiting.stderr.readline()
        assert said.startswith("Nothing has happened for 5 seconds: no `aslo serve` seems to run on ")
        assert said.endswith("Still waiting.\n")
        assert waiting.poll() is None
        with serving(installed):
            out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert [line.strip() for line in out.splitlines()[1:3]] == ["release.cancelled", "release.announced"]
    assert out.splitlines()[-1].strip() == "release.published"


def test_an_interrupt_while_waiting_ends_with_130(installed: Shell, repository: GitPlumbing):
    with installed.start("submit", repository.address, "v1", "--wait") as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline().startswith("accepted: ")
        assert waiting.stdout.readline().strip() == "release.announced"
        waiting.send_signal(signal.SIGINT)
        waiting.communicate(timeout=30)
    assert waiting.returncode == 130


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x", "v1"], "The address 'x' cannot be used: "),
        (["file:///etc", "v1"], 'add "file:///etc" to `source.git.allow` in aslo.toml. (source.address-not-allowed)'),
        (["https://127.0.0.1/x", "v1"], "https://127.0.0.1/x may not be fetched: its host is at 127.0.0.1, which is no public"),
        (["https://example.org/x", "a..b"], "(source.tag-malformed)"),
        (["https://example.org/x", "v1", "--source", "hub"], "no source named 'hub' is enabled in "),
    ],
)
def test_what_cannot_be_submitted_is_told_with_its_cure_and_leaves_nothing(installed: Shell, arguments: list[str], words: str):
    ended = installed.aslo("submit", *arguments)
    assert (ended.status, ended.out) == (1, "")
    assert words in ended.err
    assert not (installed.folder / "data").exists()


def test_submitting_makes_the_object_of_that_source_alone(shell: Shell, repository: GitPlumbing):
    """A builder that cannot be made here is no matter to whoever submits."""
    text = CONFIGURATION.format(allow=repository.path.parent.as_uri())
    shell.write(text.replace('"bubblewrap"', '"bubblewrap"\nprogram = "no-such-bwrap"'))
    assert shell.aslo("check").status == 2
    assert shell.aslo("submit", repository.address, "v1").status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user that has a number only")
def test_a_user_with_a_number_only_has_a_name_too(installed: Shell):
    script = "import getpass, os; from aslo_core.cli.login import login; os.setuid(54321); print(login())"
    names = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "")
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=installed.environment | names,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.strip() == "uid 54321"


def test_what_should_be_looked_at_is_shown_as_on_the_pages(installed: Shell):
    installed.aslo("db", "upgrade")
    release = values.announcement("10", "v1")
    with EventLog.open(installed.folder / "data" / "log.db") as log:
        Story(log).published(release, Made(warnings=("po/es.po is left out: \x1b[31mit is broken.",)))
    lines = installed.aslo("release", "show", release.stream).out.splitlines()
    assert lines[1] == "  warning: po/es.po is left out: [31mit is broken."


@pytest.mark.parametrize("command", ["show", "retry"])
def test_a_release_that_is_not_known_is_told(installed: Shell, command: str):
    installed.aslo("db", "upgrade")
    ended = installed.aslo("release", command, "git/1/2")
    assert ended.status == 1
    assert "'release/git/1/2'" in ended.err
