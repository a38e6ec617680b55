"""Where the log ends is what two auditors compare."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aslo_core.audit.verification import verified
from aslo_core.errors import AsloError
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def leaves(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [leaf.hex() for (leaf,) in connection.execute("SELECT leaf FROM events ORDER BY position")]


def test_the_head_is_the_last_event_and_its_leaf(story: Story, path: Path) -> None:
    story.published(values.announcement(), Made())
    found = verified(path)
    assert (found.report.events, found.report.faults) == (story.log.head() + 1, ())
    assert (found.head, found.leaf) == (story.log.head(), leaves(path)[-1])


def test_an_erasure_moves_the_head_and_changes_no_leaf(story: Story, path: Path) -> None:
    _, version = story.published(values.announcement(), Made())
    before = leaves(path)
    story.log.erase(version.id, "asked for", CAUSE)
    found = verified(path)
    assert (found.report.erased, found.report.faults) == (1, ())
    assert leaves(path)[:-1] == before
    assert found.leaf == leaves(path)[-1]


def test_an_empty_log_has_no_head(story: Story, path: Path) -> None:
    found = verified(path)
    assert (found.head, found.leaf, found.report.faults) == (-1, "", ())


def test_what_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(AsloError, match="there is no log at"):
        verified(tmp_path / "other.db")
    assert not (tmp_path / "other.db").exists()
