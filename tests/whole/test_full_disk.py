"""A disk that fills up: releases wait, webhooks are accepted as long as the log can be written, and all of it goes on again."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aslo_core.testing.github import Answer, Release, deliver
from aslo_core.testing.small_disk import SmallDisk
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import Stage, commit, make_repository, stage

KEPT_MIB = 4
MIB = 1 << 20
NEARLY_FULL = "the disk of the data folder is nearly full"


@pytest.fixture
def up(tmp_path: Path, disk: SmallDisk) -> Iterator[Stage]:
    """A real `aslo serve` whose data lie on a small disk."""
    data = f'\n[data]\npath = "{disk.inside / tmp_path.name}"\nkeep_free_mib = {KEPT_MIB}\n'
    try:
        with stage(tmp_path / "stage", data, enter=disk.command) as made:
            eventually(f"{made.url}/readyz", "ready")
            yield made
    finally:
        shutil.rmtree(disk.folder / tmp_path.name)


@pytest.fixture
def release(up: Stage) -> Release:
    repository, tree = make_repository(up.github, up.folder, "star-map")
    commit(tree, "Version 1", "v1")
    return up.github.add_release(repository, "v1", author="grace")


def send(up: Stage, release: Release) -> Answer:
    return deliver(up.hook, "release", up.github.release_payload(release), up.secret, delivery_id=str(uuid.uuid4()))


def readiness(up: Stage) -> tuple[int, str]:
    """Status and detail of `/readyz`."""
    connection = http.client.HTTPConnection(urlsplit(up.url).netloc, timeout=20)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, json.load(answer)["detail"]
    finally:
        connection.close()


def status(up: Stage, disk: SmallDisk) -> tuple[int, Any]:
    """What `aslo status --json` ends with and says."""
    command = [sys.executable, "-m", "aslo_core.cli", "-c", str(up.folder / "aslo.toml"), "status", "--json"]
    ended = subprocess.run(disk.command(command), capture_output=True, text=True, timeout=60, check=False, env=os.environ)
    return ended.returncode, json.loads(ended.stdout)


@pytest.mark.timeout(240)
def test_a_release_waits_with_words_until_there_is_room_again(up: Stage, release: Release, disk: SmallDisk) -> None:
    assert status(up, disk)[0] == 0
    with disk.full(KEPT_MIB // 2 * MIB):
        paused = eventually(f"{up.url}/readyz", "paused")
        assert paused["ready"] is True
        assert NEARLY_FULL in paused["paused"][0]
        answer = send(up, release)
        assert answer.status == 202
        url = answer.json()["release_url"]
        page = eventually(url, "paused")
        assert (page["state"], page["queue_position"], page["queue_length"]) == ("queued", 1, 1)
        assert b'aslo_builds_paused{reason="the disk is nearly full"} 1.0' in get_bytes(f"{up.url}/metrics")
        ended, said = status(up, disk)
        assert (ended, said["wrong"], said["queue"]["length"]) == (1, said["paused"], 1)
        assert NEARLY_FULL in said["paused"][0]
    assert eventually(url, "ended")["state"] == "published"
    assert get_json(f"{up.url}/readyz")["paused"] == []
    assert status(up, disk)[0] == 0


@pytest.mark.timeout(240)
def test_a_webhook_is_refused_for_a_while_only_when_the_log_cannot_be_written(
    up: Stage, release: Release, disk: SmallDisk
) -> None:
    accepted = []
    with disk.full(0):
        while (answer := send(up, release)).status == 202:
            accepted.append(answer.json()["status_url"])
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        assert "the log cannot be written" in answer.json()["detail"]
        while (found := readiness(up)) == (200, ""):
            pass  # it looks every two seconds
        assert found == (503, "webhooks may be lost: the log cannot be written; `aslo status` says why")
    assert eventually(f"{up.url}/readyz", "ready")
    assert send(up, release).status == 202
    for url in accepted:
        assert eventually(url, "decision")["decision"] == "accepted"
