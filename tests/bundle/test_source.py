"""The tar that is handed to a builder: deterministic, and nothing of the host gets into it."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aslo_core.bundle.source import write_source_tar
from aslo_core.bundle.tree import Tree
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import AsloError, Permanent, Stopped, Transient
from aslo_core.source_limits import MAX_PATH_PARTS, SourceLimits

PO = b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
FILES = {"a.py": b"pass\n", "activity/activity.info": b"[Activity]\n", "lib/deep/x.bin": bytes(range(256)), "po/es.po": PO}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name, data in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "untracked").write_bytes(b"secret")
    return root


def contents(archive: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            found[member.name] = file.read() if file else b""
    return found


def refused(tree: Path, files: list[str], archive: Path, limits: SourceLimits | None = None) -> AsloError:
    with pytest.raises((Permanent, Transient)) as caught:
        write_source_tar(tree, files, archive, limits)
    assert not archive.exists()
    return caught.value


def test_tracked_files_and_nothing_else(tree: Path, tmp_path: Path) -> None:
    summary = write_source_tar(tree, list(FILES), tmp_path / "s.tar")

    assert contents(tmp_path / "s.tar") == FILES
    assert summary.files == 4
    assert summary.warnings == ()


def test_the_tree_digest_is_what_sha256sum_gives(tree: Path, tmp_path: Path) -> None:
    summary = write_source_tar(tree, list(FILES), tmp_path / "s.tar")

    listing = subprocess.run(["sha256sum", *sorted(FILES)], cwd=tree, capture_output=True, check=True).stdout
    assert summary.tree_digest == hashlib.sha256(listing).hexdigest()


def test_the_same_files_give_the_same_bytes(tree: Path, tmp_path: Path) -> None:
    write_source_tar(tree, list(FILES), tmp_path / "1.tar")
    for name in FILES:
        os.utime(tree / name, (1, 1))
        (tree / name).chmod(0o640)
    write_source_tar(tree, [*reversed(FILES), "a.py"], tmp_path / "2.tar")

    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()


def test_of_modes_the_executable_bit_is_kept(tree: Path, tmp_path: Path) -> None:
    (tree / "a.py").chmod(0o4711)
    write_source_tar(tree, list(FILES), tmp_path / "s.tar")

    with tarfile.open(tmp_path / "s.tar") as tar:
        assert {member.name: member.mode for member in tar} == dict.fromkeys(FILES, 0o644) | {"a.py": 0o755}


def test_a_submodule_is_an_empty_directory(tree: Path, tmp_path: Path) -> None:
    (tree / "sub").mkdir()
    (tree / "sub/not-tracked").write_bytes(b"secret")
    summary = write_source_tar(tree, [*FILES, "sub"], tmp_path / "s.tar")

    assert contents(tmp_path / "s.tar") == FILES | {"sub": b""}
    assert summary.files == 4


def test_translations_that_cannot_be_compiled_are_left_out_and_named(tree: Path, tmp_path: Path) -> None:
    whole = write_source_tar(tree, list(FILES), tmp_path / "1.tar")
    (tree / "po/fr.po").write_bytes(b'msgid "a"\nmsgid "b"\n')
    (tree / "po/xx.po").write_bytes(PO[:-1] + b'\n"Plural-Forms: nplurals=2; plural=EXPRESSION;\\n"\n')
    (tree / "lib/fr.po").write_bytes(b"not a translation of the activity")
    summary = write_source_tar(tree, [*FILES, "po/fr.po", "po/xx.po", "lib/fr.po"], tmp_path / "2.tar")

    assert set(contents(tmp_path / "2.tar")) == {*FILES, "lib/fr.po"}
    assert summary.files == 5
    assert summary.warnings[0] == BundleWarning(
        "source.translation-unreadable",
        "po/fr.po is left out: line 2: msgstr is due, and 'msgid' was found.",
        "po/fr.po",
    )
    assert summary.warnings[1].text.startswith(
        "po/xx.po is left out: Python's gettext refuses it: invalid token in plural form"
    )
    assert summary.tree_digest != whole.tree_digest


def test_translations_tracked_in_their_built_form_are_named(tree: Path, tmp_path: Path) -> None:
    for language in ("es", "xx"):
        (tree / "locale" / language).mkdir(parents=True)
        (tree / "locale" / language / "activity.linfo").write_bytes(b"[Activity]\nname = Horloge\n")
    built = ["locale/es/activity.linfo", "locale/xx/activity.linfo"]
    summary = write_source_tar(tree, [*FILES, *built], tmp_path / "1.tar")

    assert summary.files == len(FILES) + 2
    (warning,) = summary.warnings
    assert warning.rule == "source.translation-built"
    assert (
        warning.text == "locale/ is tracked for es; the build makes these anew from po/, and the tracked ones are not packed."
    )


def test_a_translation_left_out_counts_in_the_tree_digest_to_its_last_byte(tree: Path, tmp_path: Path) -> None:
    (tree / "po/fr.po").write_bytes(b"#" * (3 << 20))
    summary = write_source_tar(tree, ["po/fr.po"], tmp_path / "s.tar")

    line = f"{hashlib.sha256(b'#' * (3 << 20)).hexdigest()}  po/fr.po\n"
    assert summary.tree_digest == hashlib.sha256(line.encode()).hexdigest()
    assert summary.files == 0


def link(tree: Path) -> str:
    (tree / "x").symlink_to("/etc/hostname")
    return "x"


def inner_link(tree: Path) -> str:
    (tree / "x").symlink_to("a.py")
    return "x"


def linked_folder(tree: Path) -> str:
    (tree / "folder").symlink_to("/etc")
    return "folder/hostname"


def linked_inner_folder(tree: Path) -> str:
    (tree / "folder").symlink_to("lib")
    return "folder/deep/x.bin"


def hard_link(tree: Path) -> str:
    (tree.parent / "outside").write_bytes(b"secret")
    (tree / "x").hardlink_to(tree.parent / "outside")
    return "x"


def pipe(tree: Path) -> str:
    os.mkfifo(tree / "x")
    return "x"


def unix_socket(tree: Path) -> str:
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(tree)  # a socket's path is short
        try:
            listening.bind("x")
        finally:
            os.chdir(here)
    return "x"


def file_as_folder(tree: Path) -> str:
    return "a.py/x"


@pytest.mark.parametrize(
    "put", [link, inner_link, linked_folder, linked_inner_folder, hard_link, pipe, unix_socket, file_as_folder]
)
def test_what_is_no_plain_file_is_refused(put: Callable[[Path], str], tree: Path, tmp_path: Path) -> None:
    fault = refused(tree, [*FILES, put(tree)], tmp_path / "s.tar")

    assert isinstance(fault, Permanent)
    assert fault.rule == "source.not-a-plain-file"


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/hostname", "lib/../../outside", "lib//x", "./a.py", "", "a.py/", ".git/config", "lib/.GIT/x"]
)
def test_a_path_that_leads_elsewhere_is_refused(path: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    fault = refused(tree, [path], tmp_path / "s.tar")

    assert isinstance(fault, Permanent)
    assert fault.rule == "source.path-unsafe"


@pytest.mark.parametrize("path", ["a\nb", "a\x00b", "a\udce9b", "a\x1b[2Jb", "x" * 1025])
def test_a_path_that_no_listing_could_hold_is_refused(path: str, tree: Path, tmp_path: Path) -> None:
    fault = refused(tree, [path], tmp_path / "s.tar")

    assert isinstance(fault, Permanent)
    assert fault.rule == "source.path-unsafe"
    assert fault.found.isprintable()


def test_a_path_that_lies_too_deep_is_refused(tree: Path, tmp_path: Path) -> None:
    """Each of its folders would be kept open."""
    deepest = "a/" * (MAX_PATH_PARTS - 1) + "f"
    (tree / deepest).parent.mkdir(parents=True)
    (tree / deepest).write_bytes(b"")
    write_source_tar(tree, [deepest], tmp_path / "1.tar")
    fault = refused(tree, [f"a/{deepest}"], tmp_path / "2.tar")

    assert isinstance(fault, Permanent)
    assert fault.rule == "source.path-too-long"


def test_a_missing_file_is_named(tree: Path, tmp_path: Path) -> None:
    fault = refused(tree, ["gone"], tmp_path / "s.tar")

    assert isinstance(fault, Permanent)
    assert fault.rule == "source.file-missing"
    assert "'gone'" in fault.found


def test_limits_are_counted_over_the_whole_tree(tree: Path, tmp_path: Path) -> None:
    fault = refused(tree, list(FILES), tmp_path / "s.tar", SourceLimits(total_bytes=200))

    assert isinstance(fault, Permanent)
    assert fault.rule == "source.too-large"


def test_a_link_put_in_place_between_look_and_opening_leads_nowhere(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Tree._look

    def look_then_swap(self: Tree, path: str) -> os.stat_result:
        seen = look(self, path)
        (tree / path).unlink()
        (tree / path).symlink_to(tree / "untracked")
        return seen

    monkeypatch.setattr(Tree, "_look", look_then_swap)
    with Tree(tree) as opened, pytest.raises(Permanent, match=r"source\.not-a-plain-file"), opened.open("a.py"):
        pass


def test_another_file_put_in_place_between_look_and_opening_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Tree._look

    def look_then_swap(self: Tree, path: str) -> os.stat_result:
        seen = look(self, path)
        (tree / "untracked").rename(tree / path)
        return seen

    monkeypatch.setattr(Tree, "_look", look_then_swap)
    with Tree(tree) as opened, pytest.raises(Permanent, match=r"source\.not-a-plain-file"), opened.open("a.py"):
        pass


@pytest.mark.parametrize("size", [2, 400])
def test_a_file_that_changes_while_it_is_read_is_tried_again_later(
    size: int, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Tree.open

    def open_then_change(self: Tree, path: str) -> object:
        entered = opened(self, path)
        file = entered.__enter__()
        (tree / path).write_bytes(b"x" * size)
        entered_again = type("Again", (), {"__enter__": lambda _: file, "__exit__": lambda _, *error: entered.__exit__(*error)})
        return entered_again()

    monkeypatch.setattr(Tree, "open", open_then_change)
    assert isinstance(refused(tree, ["lib/deep/x.bin"], tmp_path / "s.tar"), Transient)


def test_whoever_is_told_to_stop_reads_no_further_file(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, opened = threading.Event(), Tree.open
    paths: list[str] = []

    def open_and_stop(self: Tree, path: str) -> object:
        paths.append(path)
        stop.set()
        return opened(self, path)

    monkeypatch.setattr(Tree, "open", open_and_stop)
    with pytest.raises(Stopped):
        write_source_tar(tree, list(FILES), tmp_path / "s.tar", stop=stop)
    assert paths == ["a.py"]
    assert not (tmp_path / "s.tar").exists()


def test_no_descriptor_stays_open(tree: Path, tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    write_source_tar(tree, list(FILES), tmp_path / "s.tar")
    refused(tree, [*FILES, linked_folder(tree)], tmp_path / "t.tar")

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_an_archive_that_is_there_is_not_overwritten(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "s.tar").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        write_source_tar(tree, list(FILES), tmp_path / "s.tar")

    assert (tmp_path / "s.tar").read_bytes() == b"mine"
