"""A disk that is really full, and modes that bind even root."""

import errno
from pathlib import Path

import pytest

from aslo_core.testing.modes import forbidden, obeyed
from aslo_core.testing.small_disk import SmallDisk


def test_a_full_disk_takes_what_room_was_left_and_no_more(disk: SmallDisk) -> None:
    file = disk.folder / "file"
    with disk.full(8192):
        file.write_bytes(bytes(8192))
        with pytest.raises(OSError, match="No space left") as refused:
            file.write_bytes(bytes(8193))
        assert refused.value.errno == errno.ENOSPC
    file.write_bytes(bytes(100_000))
    file.unlink()


def test_nobody_else_sees_it(disk: SmallDisk) -> None:
    (disk.folder / "here").touch()
    assert not (disk.inside / "here").exists()


def test_what_is_forbidden_is_so_for_root_too_until_the_end(tmp_path: Path) -> None:
    shelf = tmp_path / "folder" / "shelf"
    shelf.mkdir(parents=True)
    (shelf / "file").write_text("kept")
    with obeyed(), forbidden(tmp_path / "folder"):
        with pytest.raises(PermissionError):
            (shelf / "file").read_text()
        with pytest.raises(PermissionError):
            (tmp_path / "folder" / "new").touch()
    assert (shelf / "file").read_text() == "kept"
