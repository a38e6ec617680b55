"""`aslo activity`: what an operator decides, and where it is seen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from aslo_core.log import EventLog
from aslo_core.projections import Views, catalogue
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from tests.cli.conftest import Ended, Shell

ADA = values.repository("1", "maze", "ada")
GRACE = values.repository("2", "maze", "grace")
RELEASE = values.announcement("10", "v1", of=ADA)
WHY = ("--reason", "ada gave it away")

Told = Callable[[Story], object]


@pytest.fixture
def told(installed: Shell) -> Callable[[Told], None]:
    """Tell a story in the installation's log."""
    installed.aslo("db", "upgrade")

    def tell(story: Told) -> None:
        with EventLog.open(installed.folder / "data" / "log.db") as log:
            story(Story(log))

    return tell


def transfer(shell: Shell, to: str, bundle_id: str = "org.example.Maze") -> Ended:
    return shell.aslo("activity", "transfer", bundle_id, to, *WHY)


def test_a_transfer_is_told_in_every_history_that_it_concerns(installed: Shell, told: Callable[[Told], None]):
    told(lambda story: (story.published(RELEASE, Made()), story.announced(values.announcement("20", of=GRACE))))
    ended = transfer(installed, "grace/maze", "activity/org.example.Maze")
    assert (ended.status, ended.out) == (0, "org.example.Maze belongs to grace/maze (github/2) from now on.\n")
    for subject in ("org.example.Maze", "ada/maze", "github/2"):
        history = installed.aslo("audit", "history", subject).out
        assert "The bundle id is transferred from ada/maze (github/1) to grace/maze (github/2) by " in history
        assert "ada gave it away" in history
        assert "by operator through operator" in history


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("nobody/maze", "nothing was heard yet of a repository 'nobody/maze'"),
        ("ada/maze", "belongs to ada/maze (github/1) already"),
        ("twin/maze", "2 repositories are called 'twin/maze'; say which one is meant: github/3, gitlab/3"),
        ("old/maze", "nothing was heard yet of a repository 'old/maze'"),
    ],
)
def test_a_transfer_that_cannot_be_says_why(installed: Shell, told: Callable[[Told], None], to: str, words: str):
    def story(story: Story) -> None:
        story.published(RELEASE, Made())
        for source in ("github", "gitlab"):
            story.announced(values.announcement("30", of=values.repository("3", "maze", "twin", source)))
        for owner in ("old", "new"):
            story.announced(values.announcement("40", of=values.repository("4", "maze", owner)))

    told(story)
    ended = transfer(installed, to)
    assert (ended.status, ended.out) == (1, "")
    assert words in ended.err


def test_a_name_counts_as_the_host_told_it_last(installed: Shell, told: Callable[[Told], None]):
    def story(story: Story) -> None:
        story.published(RELEASE, Made())
        for owner in ("old", "new"):
            story.announced(values.announcement("40", of=values.repository("4", "maze", owner)))

    told(story)
    assert transfer(installed, "NEW/Maze").out.startswith("org.example.Maze belongs to new/maze (github/4)")


def test_an_activity_that_is_not_known_is_told(installed: Shell, told: Callable[[Told], None]):
    told(lambda story: story.published(RELEASE, Made()))
    ended = transfer(installed, "ada/maze", "org.example.Chess")
    assert (ended.status, ended.err) == (
        1,
        "aslo: no version of 'org.example.Chess' was ever published here, so it belongs to nobody\n",
    )


def test_a_lift_is_told_in_the_history_and_on_the_page(installed: Shell, told: Callable[[Told], None]):
    told(lambda story: (story.published(RELEASE, Made()), story.withdrawn(RELEASE, Made(), "a mistake")))
    ended = installed.aslo("activity", "lift", "org.example.Maze", "1.0", "--reason", "made anew")
    assert ended.status == 0, ended.err
    assert ended.out.startswith("Version 1.0 of org.example.Maze is on hold no more")
    for subject in ("org.example.Maze", RELEASE.stream):
        assert "The hold on version 1 is lifted by " in installed.aslo("audit", "history", subject).out
    installed.aslo("release", "list")
    with closing(Views(installed.folder / "data" / "views.db")) as views, views.snapshot() as connection:
        row = catalogue.find(connection, "org.example.Maze", "1")
    assert row is not None
    assert (row.withdrawn_us is not None, row.hold) == (True, "")
    again = installed.aslo("activity", "lift", "org.example.Maze", "1", "--reason", "again")
    assert (again.status, again.err) == (1, "aslo: version 1 of org.example.Maze is withdrawn, and is not on hold\n")


@pytest.mark.parametrize("command", [("transfer", "org.example.Maze", "ada/maze"), ("lift", "org.example.Maze", "1")])
def test_a_decision_has_a_reason(installed: Shell, command: tuple[str, ...]):
    assert installed.aslo("activity", *command).status == 2
    assert "say why" in installed.aslo("activity", *command, "--reason", " ").err
