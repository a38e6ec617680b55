"""The faults have teeth, and what was found under them comes out as a table."""

from pathlib import Path

import pytest

from aslo_core.testing.storage_matrix import Row, table

SUITE = """
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from aslo_storage_local import FolderStorage

from aslo_core.api import Transient
from aslo_core.testing.modes import forbidden, obeyed
from aslo_core.testing.storage_faults import StorageFaults
from aslo_core.testing.storage_place import Place, Trait


class Hasty(FolderStorage):
    "Writes to the final name."

    def put(self, blob, path):
        try:
            target = self._root / blob.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        except OSError as error:
            raise Transient(str(error)) from error


class Blind(FolderStorage):
    "Takes what is refused for what is missing."

    def stat(self, name):
        try:
            return super().stat(name)
        except Transient:
            return None


class OnDisk(StorageFaults):
    traits = Trait.ROOM | Trait.PERMISSIONS

    @pytest.fixture
    def place(self, disk, tmp_path):
        root = disk.folder / tmp_path.name

        @contextmanager
        def refused():
            with forbidden(root), obeyed():
                yield

        def storage(_patience=0.0):
            return self.kind("main", root)

        return Place(backend=self.kind.__name__, storage=storage, healthy=storage(), full=disk.full, forbidden=refused)


class TestHasty(OnDisk):
    kind = Hasty


class TestBlind(OnDisk):
    kind = Blind


class TestGood(OnDisk):
    kind = FolderStorage


class TestBoastful(OnDisk):
    kind = FolderStorage
    traits = OnDisk.traits | Trait.TAMPERING
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest('pytest_plugins = ["aslo_core.testing.services", "aslo_core.testing.storage_matrix"]')
    pytester.makepyfile(test_suite=SUITE)
    return pytester


def failed(suite: pytest.Pytester, name: str) -> list[str]:
    result = suite.runpytest_subprocess("-p", "no:randomly", "-k", name, "-rf", "--storage-matrix=build/matrix.md")
    assert result.parseoutcomes().get("errors", 0) == 0
    return [line.partition("[")[2].partition("]")[0] for line in result.outlines if line.startswith("FAILED")]


def test_a_storage_that_is_sound_passes(suite: pytest.Pytester) -> None:
    assert failed(suite, "TestGood") == []


def test_one_that_shows_what_is_partial_is_found_out(suite: pytest.Pytester) -> None:
    assert "put-disk full at 50%" in failed(suite, "TestHasty")


def test_one_that_takes_refused_for_missing_is_found_out(suite: pytest.Pytester) -> None:
    assert failed(suite, "TestBlind") == ["stat-forbidden"]


def test_a_trait_without_its_means_is_found_out(suite: pytest.Pytester) -> None:
    assert {"stat-wrong size", ""} < set(failed(suite, "TestBoastful"))  # the empty one tells what cannot be


def test_the_table_is_written_with_what_each_did(suite: pytest.Pytester) -> None:
    failed(suite, "TestGood or TestBlind")
    text = Path(suite.path / "build" / "matrix.md").read_text()
    assert "| operation | fault | Blind | FolderStorage |" in text
    assert "| put | disk full at 50% | Transient · absent · done | Transient · absent · done |" in text
    assert "| get | reset at 50% | no WIRE | no WIRE |" in text


def test_the_table_names_what_was_not_run_and_why_a_cell_cannot_be() -> None:
    text = table([Row(1, "b", "put", "late", "done"), Row(0, "a", "get", "early", "no WIRE")])
    assert text.index("| get | early | no WIRE | not run |") < text.index("| put | late | not run | done |")
    assert "- `WIRE`: the place is not reached over a connection" in text
