from collections.abc import Callable
from pathlib import Path

import pytest

from aslo_core import git
from aslo_core.testing.repository import GitPlumbing

FetchTag = Callable[..., git.Checkout]


@pytest.fixture
def repository(tmp_path: Path) -> GitPlumbing:
    return GitPlumbing(tmp_path / "served" / "hello.git")


@pytest.fixture
def into(tmp_path: Path) -> Path:
    directory = tmp_path / "into"
    directory.mkdir()
    return directory


@pytest.fixture
def remote(repository: GitPlumbing) -> git.Remote:
    allow = git.AllowList.parse([repository.path.parent.as_uri()])
    return git.Remote(git.check_address(repository.address, allow), allow)


@pytest.fixture
def fetch_tag(remote: git.Remote, into: Path) -> FetchTag:
    def fetch(tag: str = "v1", limits: git.Limits | None = None) -> git.Checkout:
        return git.fetch_tag(remote, tag, into, limits)

    return fetch
