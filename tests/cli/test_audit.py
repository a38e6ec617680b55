"""`aslo audit`: for people, for programs, at a terminal and without one."""

from __future__ import annotations

import os
import pty
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from aslo_core import events as e
from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.testing import values
from aslo_core.testing.repository import GitPlumbing
from aslo_core.testing.story import Made, Story
from tests.cli.conftest import Ended, Shell
from tests.cli.test_submit_and_release import serving

RELEASE = values.announcement("10", "v1", title="by Ada")
HOSTILE = "a \x1b[31mmistake\x9b2J\u202e\nline"


@pytest.fixture
def log_path(installed: Shell) -> Path:
    return installed.folder / "data" / "log.db"


@pytest.fixture
def told(installed: Shell, log_path: Path) -> Shell:
    """An installation in which a release was published and withdrawn; its last events are 16 and 17."""
    log_path.parent.mkdir(mode=0o700)
    upgrade(log_path)
    with EventLog.open(log_path) as log:
        story = Story(log)
        story.published(RELEASE, Made())
        story.withdrawn(RELEASE, Made(), HOSTILE)
    return installed


def at_a_terminal(shell: Shell, answer: str, *arguments: str) -> Ended:
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            shell.command(*arguments),
            cwd=shell.folder,
            env=shell.environment,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            os.write(ours, answer.encode())
            out, err = process.communicate(timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    return Ended(process.returncode, out, err)


class TestHistory:
    @pytest.mark.parametrize("named", ["github/1/10", "sugarlabs/maze-activity"])
    def test_for_people_two_lines_for_each_event(self, told: Shell, named: str):
        ended = told.aslo("audit", "history", named)
        assert (ended.status, ended.err) == (0, "")
        lines = ended.out.splitlines()
        assert [int(line.split()[0]) for line in lines[::2]] == list(range(18))
        assert re.match(r" +1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Release v1 was announced \(published\) by ada\.$", lines[2])
        below = r" +release\.announced  …[0-9a-f]{12}  release/github/1/10@1  by test through story  began with 0$"
        assert re.match(below, lines[3])

    def test_what_strangers_wrote_does_nothing_to_a_terminal(self, told: Shell):
        out = told.aslo("audit", "history", "github/1/10").out
        assert "Withdrawn by ada, on hold by the host: a [31mmistake2J line" in out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)

    def test_for_programs_an_object_for_each_event(self, told: Shell, log_path: Path):
        rows = told.aslo("audit", "history", "github/1/10", "--json").json_lines
        assert [row["position"] for row in rows] == list(range(18))
        row = rows[1]
        assert (row["type"], row["stream"], row["version"], row["began_with"]) == ("release.announced", RELEASE.stream, 1, 0)
        assert row["event"]["announcement"]["title"] == "by Ada"
        assert row["sentence"] == "Release v1 was announced (published) by ada."
        with EventLog.open(log_path) as log:
            assert [row["id"] for row in rows] == [recorded.id for recorded in log.read_all()]

    def test_of_an_erased_body_it_tells_when_and_why(self, told: Shell):
        told.aslo("audit", "erase", "17", "--reason", "asked for", "--yes")
        out = told.aslo("audit", "history", "org.example.Maze").out
        assert re.search(
            r"^ +17 .*  Its body was erased on [0-9-]{10} [0-9:]{8} UTC, by event 19: asked for$", out, re.MULTILINE
        )
        rows = told.aslo("audit", "history", "org.example.Maze", "--json").json_lines
        assert (rows[17]["event"], rows[17]["erased_by"], rows[19]["led_by"]) == (None, 19, 18)

    @pytest.mark.parametrize("named", ["ada/maze"])
    def test_what_the_log_does_not_know_is_told(self, told: Shell, named: str):
        ended = told.aslo("audit", "history", named)
        assert (ended.status, ended.out) == (1, "")
        assert ended.err == f"aslo: the log, which holds 18 events, has none about {named!r}\n"

    def test_what_is_no_name_is_told(self, told: Shell):
        ended = told.aslo("audit", "history", "a\x1b b")
        assert ended.status == 1
        assert "'a\\x1b b' names no release" in ended.err

    def test_a_body_that_cannot_be_read_is_told(self, told: Shell, log_path: Path):
        damage(log_path, "UPDATE bodies SET deflated = x'ffff' WHERE position = 3")
        ended = told.aslo("audit", "history", "github/1/10")
        assert (ended.status, ended.out) == (1, "")
        assert "`aslo audit verify` tells what is wrong" in ended.err
        assert "Traceback" not in ended.err


def damage(path: Path, statement: str) -> None:
    """Change the file behind the guards' back, and put them up again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(statement)
        for _, create in guards:
            connection.execute(create)


class TestVerify:
    def test_a_good_log(self, told: Shell, log_path: Path):
        ended = told.aslo("audit", "verify")
        assert (ended.status, ended.err) == (0, "")
        first, last = ended.out.splitlines()
        assert first == f"{log_path}: 18 events; no fault."
        row = told.aslo("audit", "verify", "--json").json
        assert row == {"ok": True, "events": 18, "erased": 0, "head": 17, "leaf": row["leaf"], "faults": []}
        assert last == f"The last event is at position 17, its leaf is {row['leaf']}."

    def test_each_fault_with_its_position(self, told: Shell, log_path: Path):
        damage(log_path, "UPDATE events SET actor = 'mallory' WHERE position = 3; DELETE FROM bodies WHERE position = 5")
        ended = told.aslo("audit", "verify")
        assert ended.status == 1
        third, fifth, count, _ = ended.out.splitlines()
        assert third.startswith("position 3: its leaf is ")
        assert fifth == "position 5: its body is missing, and no event records its erasure"
        assert count.endswith(": 18 events; 2 faults.")
        as_json = told.aslo("audit", "verify", "--json")
        assert as_json.status == 1
        assert (as_json.json["ok"], [fault["position"] for fault in as_json.json["faults"]]) == (False, [3, 5])

    def test_a_log_whose_guards_are_gone_can_be_verified_still(self, told: Shell, log_path: Path):
        with closing(sqlite3.connect(log_path)) as connection:
            connection.execute("DROP TRIGGER events_stay")
        ended = told.aslo("audit", "verify")
        assert ended.status == 1
        assert ended.out.splitlines()[0] == "the whole: the guard events_stay is missing or altered"

    def test_a_file_that_is_no_database_is_told(self, told: Shell, log_path: Path):
        log_path.write_bytes(b"\x00\x01 no database" * 1000)
        ended = told.aslo("audit", "verify")
        assert (ended.status, ended.out) == (1, "")
        assert f"the log {log_path} is not available" in ended.err
        assert "Traceback" not in ended.err

    def test_an_empty_log(self, installed: Shell):
        installed.aslo("db", "upgrade")
        ended = installed.aslo("audit", "verify")
        assert (ended.status, ended.out.splitlines()) == (0, [f"{installed.folder}/data/log.db: 0 events; no fault."])
        assert installed.aslo("audit", "verify", "--json").json["head"] == -1
        assert installed.aslo("audit", "history", "org.example.Maze").err.startswith("aslo: the log, which holds 0 events, ")

    def test_without_a_log_it_is_told(self, installed: Shell):
        ended = installed.aslo("audit", "verify")
        assert (ended.status, ended.out) == (1, "")
        assert f"there is no log at {installed.folder}/data/log.db" in ended.err

    def test_a_copy_needs_no_configuration(self, told: Shell, log_path: Path, tmp_path: Path):
        copy = tmp_path / "copy.db"
        with closing(sqlite3.connect(log_path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        elsewhere = Shell(tmp_path)
        ended = elsewhere.aslo("audit", "verify", copy)
        assert (ended.status, ended.out.splitlines()[0]) == (0, f"{copy}: 18 events; no fault.")
        assert ended.out.splitlines()[1] == told.aslo("audit", "verify").out.splitlines()[1], "what two auditors compare"


class TestErase:
    def erased(self, log_path: Path, position: int = 17) -> bool:
        with EventLog.open(log_path) as log:
            return next(log.read_all(position - 1)).event is None

    def test_it_tells_what_went_and_what_stays(self, told: Shell, log_path: Path):
        ended = told.aslo("audit", "erase", "17", "--reason", "asked for", "--yes")
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.startswith("Erased: the body of event 17, version.withdrawn (activity/org.example.Maze@3).\n")
        assert "and event 19, which records the erasure and your reason." in ended.out
        assert "The pages are made again without it." in ended.out
        assert "Not touched: copies of the log that were made before" in ended.out
        assert self.erased(log_path)
        with EventLog.open(log_path) as log:
            record = next(log.read_all(18))
        assert record.event == e.BodyErased(erased=self.id_of(log_path, 17), reason="asked for")
        assert (record.cause.source, record.cause.actor) == ("operator", "operator")
        assert told.aslo("audit", "verify").status == 0

    def id_of(self, log_path: Path, position: int) -> str:
        with EventLog.open(log_path) as log:
            return next(log.read_all(position - 1)).id

    def test_an_event_goes_by_its_id_too_and_programs_are_told(self, told: Shell, log_path: Path):
        event = self.id_of(log_path, 16)
        ended = told.aslo("audit", "erase", event, "--reason", "asked for", "--yes", "--json")
        row = {"erased": True, "position": 16, "id": event, "stream": RELEASE.stream, "recorded_by": 19}
        assert (ended.status, ended.json) == (0, row)
        again = told.aslo("audit", "erase", event, "--reason", "asked for", "--yes", "--json")
        assert (again.status, again.json) == (0, row | {"erased": False})

    def test_a_second_time_changes_nothing_and_tells_of_the_first(self, told: Shell, log_path: Path):
        told.aslo("audit", "erase", "17", "--reason", "asked for", "--yes")
        ended = told.aslo("audit", "erase", "17", "--reason", "asked again")
        assert ended.status == 0
        assert re.fullmatch(
            r"The body of event 17 was erased before, on [0-9 :-]{19} UTC, by event 19: asked for\nNothing was changed\.\n",
            ended.out,
        )
        with EventLog.open(log_path) as log:
            assert log.head() == 19

    def test_where_nobody_can_be_asked_it_wants_to_be_told_so(self, told: Shell, log_path: Path):
        ended = told.aslo("audit", "erase", "17", "--reason", "asked for")
        assert (ended.status, ended.out) == (2, "")
        assert "add --yes" in ended.err
        assert not self.erased(log_path)

    @pytest.mark.parametrize(("answer", "status", "erased"), [("y\n", 0, True), ("\n", 130, False)])
    def test_at_a_terminal_it_shows_the_event_and_asks(
        self, told: Shell, log_path: Path, answer: str, status: int, *, erased: bool
    ):
        ended = at_a_terminal(told, answer, "audit", "erase", "17", "--reason", "asked for")
        assert ended.status == status
        assert "Version 1 is withdrawn by ada, on hold by the host: a [31mmistake2J line" in ended.err
        assert "Erase it? [y/N]" in ended.err
        assert "\x1b" not in ended.err
        assert self.erased(log_path) == erased

    @pytest.mark.parametrize("event", ["18", "release/github/1/10"])
    def test_what_is_not_there_is_told(self, told: Shell, event: str):
        ended = told.aslo("audit", "erase", event, "--reason", "asked for", "--yes")
        assert (ended.status, ended.out) == (1, "")
        assert f"the log holds no event {event!r}" in ended.err

    def test_the_record_of_an_erasure_stays(self, told: Shell):
        told.aslo("audit", "erase", "17", "--reason", "asked for", "--yes")
        ended = told.aslo("audit", "erase", "19", "--reason", "asked for", "--yes")
        assert ended.status == 1
        assert "(log.erasure)" in ended.err

    @pytest.mark.parametrize("arguments", [["17", "--yes"], ["17", "--yes", "--reason", " "]])
    def test_it_wants_a_reason(self, told: Shell, log_path: Path, arguments: list[str]):
        assert told.aslo("audit", "erase", *arguments).status == 2
        assert not self.erased(log_path)

    def test_a_release_that_is_being_worked_on_is_not_touched(self, told: Shell, log_path: Path):
        with EventLog.open(log_path) as log:
            position = Story(log).announced(values.announcement("11")).position
        ended = told.aslo("audit", "erase", str(position), "--reason", "asked for", "--yes")
        assert ended.status == 1
        assert "(log.erasure-too-early)" in ended.err
        assert not self.erased(log_path, position)

    def test_read_models_follow_without_a_server(self, told: Shell):
        """A withdrawn version is still withdrawn, and nothing is left of the name."""
        assert told.aslo("release", "show", "github/1/10").status == 0
        views = told.folder / "data" / "views.db"
        for position in ("0", "1", "16", "17"):
            assert told.aslo("audit", "erase", position, "--reason", "asked for", "--yes").status == 0
        with closing(sqlite3.connect(views)) as connection:
            rows = connection.execute("SELECT withdrawn_us IS NOT NULL, withdrawn_by FROM activity_version").fetchall()
        assert rows == [(1, "somebody whose name was erased")]


def test_all_of_it_beside_a_server(installed: Shell, repository: GitPlumbing):
    with serving(installed):
        stream = installed.aslo("submit", repository.address, "v1", "--wait", "--json").json_lines[0]["release"]
        history = installed.aslo("audit", "history", repository.address, "--json").json_lines
        assert (history[0]["type"], history[-1]["type"]) == ("delivery.accepted", "version.published")
        assert {row["began_with"] for row in history[1:]} == {0}
        assert installed.aslo("audit", "verify").status == 0
        erased = installed.aslo("audit", "erase", str(history[1]["position"]), "--reason", "asked for", "--yes")
        assert (erased.status, "The running `aslo serve` (pid " in erased.out) == (0, True)
        assert installed.aslo("audit", "verify", "--json").json["erased"] == 1
        shown = installed.aslo("audit", "history", stream).out
    assert "Its body was erased on " in shown
