"""A double of GitHub with a repository of each of two owners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aslo_core.testing.github import GitHub
from aslo_core.testing.repository import GitPlumbing

TOKEN = "ghp_a1b2c3d4e5f6"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "host", tokens={TOKEN: "aslo-bot"}) as github:
        for owner in ("sugarlabs", "ada"):
            github.add_repository(owner, "maze", GitPlumbing(tmp_path / f"{owner}.git").path)
        yield github


@pytest.fixture
def token() -> str:
    """What the account `aslo-bot` signs in with."""
    return TOKEN
