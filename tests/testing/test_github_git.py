"""Repositories on the double are cloned with git over HTTP."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.testing.conftest import Hosted


@pytest.mark.parametrize("suffix", [".git", ""])
def test_a_clone_has_history_and_tags(hosted: Hosted, tmp_path: Path, suffix: str) -> None:
    hosted.git("clone", "--quiet", f"{hosted.github.url}/sugarlabs/hello{suffix}", str(tmp_path / "clone"))
    there = hosted.git("-C", str(tmp_path / "clone"), "rev-list", "--topo-order", "--all")
    assert there == hosted.git("rev-list", "--topo-order", "HEAD")
    assert hosted.git("-C", str(tmp_path / "clone"), "tag").split() == ["light", "v1"]


@pytest.mark.parametrize("protocol", ["0", "2"])
def test_one_commit_is_fetched_by_its_name(hosted: Hosted, tmp_path: Path, protocol: str) -> None:
    clone = str(tmp_path / "clone")
    hosted.git("init", "--quiet", clone)
    quick = ("-C", clone, "-c", f"protocol.version={protocol}", "fetch", "--quiet", "--depth=1", "--no-tags")
    hosted.git(*quick, f"{hosted.github.url}/sugarlabs/hello.git", hosted.second)
    assert hosted.git("-C", clone, "rev-list", "FETCH_HEAD") == hosted.second


def test_a_private_repository_wants_a_token(hosted: Hosted, tmp_path: Path) -> None:
    hosted.github.add_repository("ada", "secret", hosted.tree, private=True)
    with pytest.raises(subprocess.CalledProcessError):
        hosted.git("clone", "--quiet", f"{hosted.github.url}/ada/secret.git", str(tmp_path / "without"))
    address = hosted.github.url.replace("://", "://x-access-token:ghp_test@")
    hosted.git("clone", "--quiet", f"{address}/ada/secret.git", str(tmp_path / "with"))


def test_nothing_is_pushed(hosted: Hosted) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        hosted.git("push", "--quiet", f"{hosted.github.url}/sugarlabs/hello.git", "HEAD:refs/heads/other")


@pytest.mark.parametrize(("credentials", "said"), [("", "terminal prompts disabled"), ("x:ghp_test@", "not found")])
def test_an_unknown_repository_looks_like_a_private_one(hosted: Hosted, credentials: str, said: str) -> None:
    address = hosted.github.url.replace("://", f"://{credentials}")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        hosted.git("ls-remote", f"{address}/sugarlabs/nothing.git")
    assert said in failed.value.stderr
