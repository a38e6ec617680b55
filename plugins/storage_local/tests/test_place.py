"""Where a folder is, whatever it is called."""

from pathlib import Path

import pytest
from aslo_storage_local import LocalOptions, create

from aslo_core.api import Context, Located, Place


def place(folder: Path, path: str) -> Place:
    context = Context(name="main", directory=folder, data=folder / "data", public_url="http://localhost")
    storage = create(LocalOptions(path=Path(path)), context)
    assert isinstance(storage, Located)
    return storage.place()


@pytest.mark.parametrize("path", ["bundles/", "./bundles", "data/../bundles", "link", "linked/bundles"])
def test_a_folder_is_the_same_by_another_spelling_or_a_link(tmp_path: Path, path: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("bundles")
    (tmp_path / "linked").symlink_to(".")
    assert place(tmp_path, path) == place(tmp_path, "bundles") == place(tmp_path, str(tmp_path / "bundles"))


def test_what_lies_within_a_folder_is_told_from_what_is_only_called_alike(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("bundles/deep")
    outer = place(tmp_path, "bundles")
    assert outer.holds(place(tmp_path, "bundles/deep/er"))
    assert outer.holds(place(tmp_path, "link/er"))
    assert not place(tmp_path, "bundles/deep").holds(outer)
    assert not outer.holds(place(tmp_path, "bundles-2"))
