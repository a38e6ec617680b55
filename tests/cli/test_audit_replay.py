"""`aslo audit replay` and `aslo db rebuild`, as an operator meets them."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
from contextlib import closing

import pytest

from aslo_core.projections import PROJECTIONS
from aslo_core.testing.repository import GitPlumbing
from tests.cli.conftest import Shell


@pytest.fixture
def shown(installed: Shell, repository: GitPlumbing) -> Shell:
    """An installation with one release that nobody works on, and read models that show it."""
    installed.aslo("submit", "--json", repository.address, "v1")
    assert installed.aslo("release", "list").status == 0
    return installed


def alter(shell: Shell, statement: str) -> None:
    with closing(sqlite3.connect(shell.folder / "data" / "views.db")) as connection, connection:
        connection.execute(statement)


def test_the_same_ends_with_0_and_tells_digests(shown: Shell):
    ended = shown.aslo("audit", "replay")
    assert (ended.status, ended.err) == (0, "")
    first, *lines = ended.out.splitlines()
    assert first.startswith("2 events up to position 1 in ")
    assert [line.split()[:2] for line in lines] == [[projection.name, "same"] for projection in PROJECTIONS]
    found = shown.aslo("audit", "replay", "--json").json
    assert found["ok"] is True
    assert [one["digest"] for one in found["replayed"]["projections"]] == [line.split()[-1] for line in lines]


def test_a_row_altered_by_hand_is_shown_and_ends_with_1_until_a_rebuild(shown: Shell):
    alter(shown, "UPDATE release SET state = 'published'")
    ended = shown.aslo("audit", "replay")
    assert ended.status == 1
    assert "table release: 1 rows differ" in ended.out
    assert "state: in use 'published', replayed 'queued'" in ended.out
    found = shown.aslo("audit", "replay", "--json")
    assert (found.status, found.json["ok"]) == (1, False)
    rebuilt = shown.aslo("db", "rebuild")
    assert (rebuilt.status, rebuilt.out.strip()) == (0, f"{shown.folder}/data/views.db: made anew, up to position 1")
    assert shown.aslo("audit", "replay").status == 0


def test_an_earlier_point_prints_digests_alone(shown: Shell):
    ended = shown.aslo("audit", "replay", "--until", "0")
    assert ended.status == 0
    assert "1 events up to position 0" in ended.out
    assert "Not compared: the read models in use stand at position 1." in ended.out
    assert "0 events up to position -1" in shown.aslo("audit", "replay", "--until", "2001-02-03T04:05").out


def test_a_point_that_is_none_is_told(shown: Shell):
    ended = shown.aslo("audit", "replay", "--until", "yesterday")
    assert ended.status == 1
    assert "'yesterday' is neither a position in the log nor a time" in ended.err


def test_a_terminal_sees_the_rate(shown: Shell):
    """Only a terminal: what is written to a file is the answer alone."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        shown.command("audit", "replay"),
        cwd=shown.folder,
        env=shown.environment | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        out, _ = process.communicate(timeout=60)
    seen = os.read(ours, 100_000).decode(errors="replace")
    os.close(ours)
    assert process.returncode == 0
    assert "events/s" in seen
    assert "2/2" in seen
    assert out.startswith("2 events")
