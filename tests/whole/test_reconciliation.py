"""A release is published although nobody told of it: ASLO finds it by itself, or by hand beside a running `aslo serve`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from aslo_core.testing.github import Release, deliver, faults
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import Stage, commit, make_repository, stage


def reconcile(up: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aslo_core.cli", "-c", str(up.folder / "aslo.toml"), "reconcile", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def publish(up: Stage) -> tuple[str, Release]:
    """Publish a release, of which no webhook is sent, after one of which one is; give the address of its page here, and it."""
    repository, tree = make_repository(up.github, up.folder, "star-map")
    commit(tree, "Version 1", "v1")
    told = deliver(up.hook, "release", up.github.release_payload(up.github.add_release(repository, "v1")), up.secret)
    eventually(told.json()["release_url"], "ended")
    info = tree / "activity" / "activity.info"
    info.write_text(info.read_text().replace("activity_version = 1\n", "activity_version = 2\n"))
    commit(tree, "Version 2", "v2")
    release = up.github.add_release(repository, "v2", author="grace")
    return f"{up.url}/status/releases/github/{repository.id}/{release.id}", release


def test_a_running_aslo_finds_by_itself_what_it_missed(tmp_path: Path):
    with stage(tmp_path / "stage", reconcile=60) as up:
        eventually(f"{up.url}/readyz", "ready")
        page, _ = publish(up)
        answer = eventually(page, "ended")
        assert (answer["state"], answer["trigger"]) == ("published", "reconciled")
        assert "Found by reconciliation" in answer["timeline"][0]["sentence"]
        (source,) = get_json(f"{up.url}/status")["sources"]
        assert (source["name"], source["found"], source["failures"]) == ("github", 1, 0)
        assert 'aslo_source_reconciliation_failures{source="github"} 0.0' in get_bytes(f"{up.url}/metrics").decode()


def test_by_hand_beside_a_running_aslo(up: Stage):
    page, release = publish(up)
    tried = reconcile(up, "--dry-run")
    assert "missing  reconciled  sugar-activities/star-map-activity  v2" in tried.stdout
    assert len(get_json(f"{up.url}/status")["releases"]) == 1

    (found,) = [json.loads(line) for line in reconcile(up, "github", "--json").stdout.splitlines()]
    assert (found["decision"], found["tag"], found["source"]) == ("accepted", "v2", "github")
    assert eventually(page, "ended")["state"] == "published"
    assert "github: 0 found since" in reconcile(up).stdout

    late = deliver(up.hook, "release", up.github.release_payload(release), up.secret)
    assert late.json()["decision"] == "ignored"
    assert get_json(page)["run"] == 1


def test_a_host_that_does_not_answer_and_a_source_that_is_none(up: Stage):
    up.github.fail(faults.server_error(502), path="*")
    down = reconcile(up)
    assert (down.returncode, down.stdout) == (1, "")
    assert down.stderr.startswith("github: ")
    other = reconcile(up, "gitlab")
    assert other.returncode == 1
    assert "source 'gitlab' is not enabled in " in other.stderr
