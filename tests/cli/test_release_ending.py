"""`aslo release cancel`, `withdraw` and `lift`: what they do, and what they say where there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from aslo_core.log import EventLog
from aslo_core.projections import catalogue, releases
from aslo_core.projections.catalogue_tables import VersionRow
from aslo_core.projections.release_tables import ReleaseRow
from aslo_core.projections.views import Views
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from tests.cli.conftest import Shell

RELEASE = values.announcement("10", "v1")
STREAM = RELEASE.stream
WHY = ("--reason", "it deletes journals")


@pytest.fixture
def story(installed: Shell) -> Callable[[Callable[[Story], object]], None]:
    """Tell a story in the installation's log."""
    installed.aslo("db", "upgrade")

    def tell(happened: Callable[[Story], object]) -> None:
        with EventLog.open(installed.folder / "data" / "log.db") as log:
            happened(Story(log))

    return tell


@pytest.fixture
def published(story: Callable[[Callable[[Story], object]], None]) -> None:
    story(lambda told: told.published(RELEASE, Made()))


def rows(shell: Shell) -> tuple[ReleaseRow, VersionRow | None, str | None]:
    """The release, its version, and what the catalogue and the updater have as the latest one."""
    shell.aslo("release", "list")
    with closing(Views(shell.folder / "data" / "views.db")) as views, views.snapshot() as connection:
        release = releases.find(connection, STREAM)
        assert release is not None
        version = catalogue.find(connection, "org.example.Maze", "1")
        return release, version, catalogue.latest(connection, "org.example.Maze")


def test_a_run_is_cancelled_and_begun_anew(installed: Shell, story: Callable[[Callable[[Story], object]], None]):
    story(lambda told: told.announced(RELEASE))
    ended = installed.aslo("release", "cancel", STREAM, "--reason", "it hangs")
    assert (ended.status, ended.out) == (0, f"{STREAM} is cancelled. `aslo release retry {STREAM}` begins it anew.\n")
    release, _, _ = rows(installed)
    assert (release.state, release.reason, release.due_at_us) == ("cancelled", "it hangs", None)
    assert release.ended_by
    again = installed.aslo("release", "cancel", STREAM.removeprefix("release/"))
    assert (again.status, again.err) == (1, f"aslo: {STREAM}: this release is cancelled already\n")
    shown = installed.aslo("release", "show", STREAM).out
    assert f"Cancelled by {release.ended_by}: it hangs" in shown


@pytest.mark.usefixtures("published")
def test_what_has_ended_cannot_be_cancelled(installed: Shell):
    ended = installed.aslo("release", "cancel", STREAM)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == f"aslo: {STREAM}: nothing of this release is on its way: its last run has ended, published\n"


@pytest.mark.usefixtures("published")
def test_a_withdrawn_release_is_gone_and_held_until_it_is_lifted(installed: Shell):
    ended = installed.aslo("release", "withdraw", STREAM, *WHY)
    assert ended.status == 0, ended.err
    assert ended.out == (
        f"{STREAM} is withdrawn, and on hold until `aslo release lift {STREAM}`.\n  version 1 of org.example.Maze\n"
    )
    release, version, latest = rows(installed)
    assert (release.state, release.reason, release.hold, latest) == ("withdrawn", "it deletes journals", "operator", None)
    assert version is not None
    assert (version.withdrawn_reason, version.withdrawn_by, version.hold) == (release.reason, release.ended_by, "operator")
    again = installed.aslo("release", "withdraw", STREAM, *WHY)
    assert (again.status, again.err) == (1, f"aslo: {STREAM}: this release is withdrawn already\n")
    retried = installed.aslo("release", "retry", STREAM)
    assert retried.status == 1
    assert "an operator has withdrawn this release and put it on hold" in retried.err
    lifted = installed.aslo("release", "lift", STREAM, "--reason", "they were safe")
    assert lifted.out.startswith(f"{STREAM} is on hold no more. It stays withdrawn;")
    release, version, latest = rows(installed)
    assert version is not None
    assert (release.state, release.hold, version.hold, latest) == ("withdrawn", "", "", None)
    assert installed.aslo("release", "lift", STREAM, *WHY).err == f"aslo: {STREAM}: this release is not on hold\n"
    assert installed.aslo("release", "retry", STREAM).status == 0


def test_a_release_that_has_published_nothing_holds_no_version(
    installed: Shell, story: Callable[[Callable[[Story], object]], None]
):
    story(lambda told: told.announced(RELEASE))
    ended = installed.aslo("release", "withdraw", STREAM, *WHY)
    assert ended.out == (
        f"{STREAM} is withdrawn, and on hold until `aslo release lift {STREAM}`.\n"
        "It had published no version, so that no version is on hold: another release may publish the same one.\n"
    )


@pytest.mark.parametrize("command", [("cancel",), ("withdraw", *WHY), ("lift", *WHY)])
def test_a_release_that_is_not_known_is_told(installed: Shell, command: tuple[str, ...]):
    installed.aslo("db", "upgrade")
    ended = installed.aslo("release", command[0], "git/1/2", *command[1:])
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "aslo: no release is known as 'release/git/1/2'; `aslo release list` names those that are\n"


@pytest.mark.parametrize("command", ["withdraw", "lift"])
def test_a_decision_has_a_reason(installed: Shell, command: str):
    assert installed.aslo("release", command, STREAM).status == 2
    assert "say why" in installed.aslo("release", command, STREAM, "--reason", " ").err
