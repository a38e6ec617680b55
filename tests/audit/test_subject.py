"""What an auditor may call a release, an activity, a repository."""

from __future__ import annotations

import pytest

from aslo_core.audit.subject import ActivityAsked, ReleaseAsked, RepositoryAsked, Subject, subject
from aslo_core.errors import AsloError
from aslo_core.testing import values

MAZE = values.repository("1", "Maze", "ada")


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("release/github/1/10", ReleaseAsked("release/github/1/10")),
        ("github/1/10", ReleaseAsked("release/github/1/10")),
        ("release/git/0f3a/v1.0-77aa", ReleaseAsked("release/git/0f3a/v1.0-77aa")),
        ("org.example.Maze", ActivityAsked("org.example.Maze")),
        ("activity/org.example.Maze", ActivityAsked("org.example.Maze")),
        ("activity/Maze", ActivityAsked("Maze")),
        ("ada/maze", RepositoryAsked("ada/maze")),
        ("ada/maze.js", RepositoryAsked("ada/maze.js")),
        ("github/1", RepositoryAsked("github/1")),
        ("star-map", RepositoryAsked("star-map")),
        ("https://example.org/maze.git", RepositoryAsked("https://example.org/maze.git")),
        ("file:///srv/a b/maze", None),
        ("", None),
        ("a/b/c/d", None),
        ("a\nb", None),
    ],
)
def test_names_are_told_apart_by_their_form(named: str, asked: Subject | None) -> None:
    if asked is None:
        with pytest.raises(AsloError, match="names no release"):
            subject(named)
    else:
        assert subject(named) == asked


@pytest.mark.parametrize(
    "named",
    [
        "ada/maze",
        "Ada/Maze",
        "github/1",
        "https://github.com/ada/Maze",
        "https://github.com/ada/Maze.git",
        "https://github.com/ada/Maze/",
    ],
)
def test_a_repository_goes_by_its_name_id_and_address(named: str) -> None:
    assert RepositoryAsked(named).is_named(MAZE)


@pytest.mark.parametrize(
    "named", ["maze", "ada/maz", "git/1", "github/11", "https://github.com/ada/Maze.git.git/x", "https://example.org/ada/Maze"]
)
def test_and_by_nothing_else(named: str) -> None:
    assert not RepositoryAsked(named).is_named(MAZE)
