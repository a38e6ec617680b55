"""`aslo status`: what runs, what waits, what is wrong, and an exit status for scripts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from aslo_core import events as e
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.log import EventLog
from aslo_core.testing import values
from aslo_core.testing.story import WORKER, Made, Story
from aslo_core.types import Announcement
from tests.cli.conftest import Shell

FAR = 1 << 51


def release(name: str) -> Announcement:
    owner, number = name.split("/")
    return values.announcement(number, f"v{number}", of=values.repository(id_=owner, owner=owner))


@pytest.fixture
def story(installed: Shell) -> Iterator[Story]:
    """Tells into the log of an installation."""
    assert installed.aslo("db", "upgrade").status == 0
    with EventLog.open(installed.folder / "data" / "log.db") as log:
        yield Story(log)


@pytest.fixture
def served(story: Story, installed: Shell) -> Iterator[None]:
    """Somebody holds the lock of who serves, and has made the read models."""
    assert installed.aslo("release", "list").status == 0
    with ServeLock(installed.folder / "data").held():
        yield


def wrong(shell: Shell) -> list[str]:
    ended = shell.aslo("status", "--json")
    assert ended.json["well"] == (not ended.json["wrong"]) == (ended.status == 0)
    return ended.json["wrong"]


def failed(story: Story, name: str, step: str, error: str, times: int = 1) -> None:
    for _ in range(times):
        attempt = story.claimed(release(name), step)
        again = e.StepFailed(attempt=attempt, step=step, kind="transient", error=error, retry_at_us=FAR)
        story.happened(release(name).stream, again)


def test_where_nobody_serves_that_is_what_is_wrong(installed: Shell, story: Story) -> None:
    story.announced(release("ada/1"))
    assert wrong(installed) == [f"no `aslo serve` seems to run on {installed.folder}/data: start it"]
    assert installed.aslo("status", "--json").json["queue"]["length"] == 1


def test_all_is_well(installed: Shell, served: None) -> None:
    ended = installed.aslo("status")
    assert (ended.status, ended.out.splitlines()[-1]) == (0, "All is well.")
    assert f"runs (pid {os.getpid()})" in ended.out


def test_it_tells_whose_releases_wait_and_what_is_at_work(installed: Shell, story: Story) -> None:
    for name in ("ada/1", "ada/2", "ada/3", "bob/1"):
        story.announced(release(name))
    story.announced(release("bob/2"), "retry")
    story.claimed(release("ada/1"), "fetch")
    queue = installed.aslo("status", "--json").json["queue"]
    assert (queue["length"], queue["owners"]) == (4, 2)
    assert queue["top"] == [
        {"owner": "github:ada", "waiting": 2, "by_hand": 0, "at_work": 1},
        {"owner": "github:bob", "waiting": 2, "by_hand": 1, "at_work": 0},
    ]
    assert [(one["step"], one["tag"], one["worker"]) for one in queue["at_work"]] == [("fetch", "v1", WORKER)]
    out = installed.aslo("status").out
    assert "at work  1 of 2 at a time, 1 of one account" in out
    assert "github:ada: 2 waiting, 1 at work" in out


def test_it_tells_what_failed_and_is_tried_again(installed: Shell, story: Story, served: None) -> None:
    story.announced(release("ada/1"))
    story.announced(release("bob/1"))
    failed(story, "ada/1", "build", "no image", times=2)
    failed(story, "bob/1", "build", "no image", times=3)
    story.happened("copies/mirror", e.CopiesDelayed(failures=2, error="no route", retry_at_us=FAR))
    told = story.published(release("eve/1"), Made())[0]
    unheard = e.NoticeFailed(about=told.id, notifier="github", kind="published", tries=1, error="502", retry_at_us=FAR)
    story.happened("notice/github/eve/1", unheard)
    assert installed.aslo("release", "list").status == 0
    ended = installed.aslo("status")
    assert ended.status == 0, ended.out
    assert "build by builder sandbox: 2 releases wait, failed up to 3 times" in ended.out
    assert "storage mirror failed 2 times, from" in ended.out
    assert "notifier github failed once, 1 notice waits, from" in ended.out


def test_what_fails_five_times_in_a_row_is_wrong(installed: Shell, story: Story, served: None) -> None:
    story.announced(release("ada/1"))
    failed(story, "ada/1", "build", "no image", times=5)
    assert installed.aslo("release", "list").status == 0
    assert wrong(installed) == ["build by builder sandbox failed 5 times, and is tried again: no image"]


def test_a_storage_that_is_emptied_is_wrong(installed: Shell, story: Story, served: None) -> None:
    story.happened("copies/mirror", e.CopiesCompared(there=0, missing=3, emptied=True))
    assert installed.aslo("release", "list").status == 0
    (why,) = wrong(installed)
    assert why.startswith("storage mirror: nothing is there of what it had: see whether its disk is mounted")
    story.happened("copies/mirror", e.CopiesCompared(there=3, missing=0, emptied=False))
    assert installed.aslo("release", "list").status == 0
    assert wrong(installed) == []


def test_a_required_storage_that_fails_is_told_as_what_holds_releases_back(
    installed: Shell, story: Story, served: None
) -> None:
    story.announced(release("ada/1"))
    failed(story, "ada/1", "store:main", "no route", times=2)
    assert installed.aslo("release", "list").status == 0
    assert wrong(installed) == ["storage main fails, and every release needs it: no route"]


def test_a_source_that_cannot_be_asked_is_told(installed: Shell, served: None, story: Story) -> None:
    story.happened("source/github", e.SourceDelayed(failures=4, error="GitHub answered 502", retry_at_us=1_800_000_000_000_000))
    assert installed.aslo("release", "list").status == 0
    assert "again    source github failed 4 times, from 2027-01-15 08:00:00 UTC on: GitHub answered 502" in (
        installed.aslo("status").out
    )
    story.happened("source/github", e.SourceDelayed(failures=5, error="GitHub answered 502", retry_at_us=1_800_000_000_000_000))
    assert installed.aslo("release", "list").status == 0
    assert wrong(installed) == ["source github failed 5 times, and is tried again: GitHub answered 502"]


def test_too_little_room_is_told(installed: Shell, served: None) -> None:
    with (installed.folder / "aslo.toml").open("a") as file:
        file.write("[data]\nkeep_free_mib = 1_000_000_000\n")
    (found,) = wrong(installed)
    assert "the disk of the data folder is nearly full" in found


def test_a_log_that_cannot_be_read_and_read_models_that_lack_something_are_told(installed: Shell, served: None) -> None:
    with closing(sqlite3.connect(installed.folder / "data" / "views.db")) as connection, connection:
        connection.execute("UPDATE progress SET schema_version = 0 WHERE name = 'catalogue'")
    assert wrong(installed) == [
        "the read models: they are being rebuilt from the log, or wait for it (catalogue)",
    ]
    (installed.folder / "data" / "log.db").write_bytes(b"not a database")
    assert any(found.startswith("the log: ") for found in wrong(installed))


def test_where_a_log_on_postgresql_is_away_nobody_can_say_that_no_one_serves(installed: Shell) -> None:
    with (installed.folder / "aslo.toml").open("a") as file:
        file.write('[data]\nlog_url = "postgresql://aslo@127.0.0.1:1/aslo"\n')
    found = wrong(installed)
    assert any(words.startswith("the log: ") for words in found)
    assert not any("seems to run" in words for words in found)


def test_a_release_is_told_its_place(installed: Shell, story: Story) -> None:
    for name in ("ada/1", "ada/2", "bob/1"):
        story.announced(release(name))
    assert "  position 3 of 3 in the queue" in installed.aslo("release", "show", release("ada/2").stream).out
    shown = installed.aslo("release", "show", release("bob/1").stream, "--json").json
    assert shown["queue"] == {"position": 2, "length": 3}
    listed = installed.aslo("release", "list").out.splitlines()
    assert [line.split("  ")[-1] for line in listed] == [f"position {n} of 3 in the queue" for n in (2, 3, 1)]
    assert [row["queue"]["position"] for row in installed.aslo("release", "list", "--json").json_lines] == [2, 3, 1]
