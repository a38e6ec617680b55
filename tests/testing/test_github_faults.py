"""The double has GitHub's bad days, for exactly the requests that were named."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from github import GithubException, RateLimitExceededException

from aslo_core.testing.github import faults

if TYPE_CHECKING:
    from tests.testing.conftest import Hosted

REPOSITORY = "/repos/sugarlabs/hello"


def test_a_fault_hits_the_named_requests_so_many_times(hosted: Hosted) -> None:
    hosted.github.fail(faults.server_error(), method="GET", path="*/releases", times=2)
    paths = (REPOSITORY, f"{REPOSITORY}/releases", f"{REPOSITORY}/releases", f"{REPOSITORY}/releases")
    assert [hosted.http.get(path).status_code for path in paths] == [200, 500, 500, 200]


def test_what_was_not_used_can_be_switched_off(hosted: Hosted) -> None:
    hosted.github.fail(faults.server_error(), times=5)
    hosted.github.faults.clear()
    assert hosted.http.get(REPOSITORY).status_code == 200


@pytest.mark.parametrize("limit", [faults.primary_limit(), faults.secondary_limit()], ids=["primary", "secondary"])
def test_pygithub_takes_the_limits_for_limits(hosted: Hosted, limit: faults.Canned) -> None:
    hosted.github.fail(limit)
    with hosted.client() as client, pytest.raises(RateLimitExceededException):
        client.get_repo("sugarlabs/hello").complete()


def test_a_bad_gateway_has_no_json(hosted: Hosted) -> None:
    hosted.github.fail(faults.server_error(502))
    with hosted.client() as client, pytest.raises(GithubException) as failed:
        client.get_repo("sugarlabs/hello").complete()
    assert failed.value.status == 502


def test_a_lost_answer_is_to_something_that_was_done_and_noted(hosted: Hosted) -> None:
    hosted.github.fail(faults.lost_answer(), method="POST")
    with pytest.raises(httpx2.TransportError):
        hosted.http.post(f"{REPOSITORY}/commits/{hosted.first}/comments", json={"body": "Hello"})
    assert len(hosted.github.comments(hosted.repository, hosted.first)) == 1
    assert len(hosted.github.journal.read()) == 1
    assert hosted.http.get(REPOSITORY).status_code == 200


def test_a_canned_answer_changes_nothing(hosted: Hosted) -> None:
    hosted.github.fail(faults.refusal(403, "Forbidden"), method="POST")
    hosted.http.post(f"{REPOSITORY}/commits/{hosted.first}/comments", json={"body": "Hello"})
    assert hosted.github.comments(hosted.repository, hosted.first) == []
    assert hosted.github.journal.read() == []


def test_a_slow_answer_is_slow(hosted: Hosted) -> None:
    hosted.github.fail(faults.slow(5))
    with pytest.raises(httpx2.TimeoutException):
        hosted.http.get(REPOSITORY, timeout=0.2)


def test_requests_can_be_made_to_meet(hosted: Hosted) -> None:
    hosted.github.fail(faults.together(3), times=3)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: hosted.http.get(REPOSITORY).status_code, range(3)))
    assert answers == [200, 200, 200]


def test_as_a_program_it_says_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    bare = tmp_path / "root" / "repositories" / "ada" / "hello.git"
    subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True)
    tree = subprocess.run(["git", "mktree"], cwd=bare, input=b"", capture_output=True, check=True).stdout.strip()
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    made = subprocess.run(["git", *identity, "commit-tree", "-m", "x", tree], cwd=bare, capture_output=True, check=True)
    subprocess.run(["git", "update-ref", "HEAD", made.stdout.strip()], cwd=bare, check=True)
    journal = tmp_path / "journal.jsonl"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "aslo_core.testing.github",
        "--root",
        tmp_path / "root",
        "--journal",
        journal,
    ]
    with subprocess.Popen([*command, "--token", "t=aslo-bot"], stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            line = program.stdout.readline()
            api = httpx2.Response(200, text=line).json()["api_url"]
            path = f"{api}/repos/ada/hello/statuses/{made.stdout.decode().strip()}"
            answer = httpx2.post(path, json={"state": "pending"}, headers={"Authorization": "token t"})
            assert answer.status_code == 201
            assert '"state":"pending"' in journal.read_text()
        finally:
            program.terminate()
    assert program.returncode == 0


def test_stopping_does_not_wait_for_connections_that_are_kept_open(hosted: Hosted) -> None:
    hosted.http.get(REPOSITORY)
    began = time.monotonic()
    hosted.github.stop()
    assert time.monotonic() - began < 15
    with pytest.raises(httpx2.TransportError):
        httpx2.get(hosted.github.url)
    hosted.github.start()
