"""What a killed ASLO leaves in the folder for temporary files is gone after its next start."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from aslo_builder_bubblewrap import scratch
from aslo_builder_bubblewrap.scratch import scratch_folder, sweep


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_vanishes_after_use(temporary: Path) -> None:
    with scratch_folder() as folder:
        (folder / "file").write_text("text")
        assert list(temporary.iterdir()) == [folder]
    assert list(temporary.iterdir()) == []


def test_a_folder_in_use_or_just_made_stays_and_one_left_behind_goes(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left, foreign, link = temporary / "aslo-build-left", temporary / "other", temporary / "aslo-build-link"
    left.mkdir()
    (left / "file").write_text("text")
    foreign.mkdir()
    link.symlink_to(foreign)
    with scratch_folder() as used:
        sweep()
        assert left.exists()
        monkeypatch.setattr(scratch, "_SETTLED_SECONDS", -1)
        sweep()
        assert used.exists()
    assert sorted(path.name for path in temporary.iterdir()) == ["aslo-build-link", "other"]
