"""The packer, run as a builder runs it: a tar on standard input, a bundle on standard output."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import packer_program
from aslo_core.bundle.packer import pack
from aslo_core.bundle.paths import is_packed, language_of
from aslo_core.bundle.source_tar import BrokenSourceTar, SourceTar
from aslo_core.bundle.standard_streams import EX_DATAERR, EX_SOFTWARE
from aslo_core.errors import Permanent
from aslo_core.source_limits import SourceLimits

INFO = b"""[Activity]
name = Small Maze
bundle_id = org.example.Maze
activity_version = 3
exec = sugar-activity3 activity.Maze
icon = maze
license = GPL-3.0
summary = Find the way.
"""
ES = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Small Maze"
msgstr "Laberinto pequeño"

msgid "Find the way."
msgstr "Encuentra\\n el camino."
""".encode()
SOURCE = {"activity/activity.info": INFO, "activity/maze.svg": b"<svg/>", "activity.py": b"pass\n", "po/es.po": ES}


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mode = len(data), kind, mode
    return info, data


def tar_of(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def source_of(files: dict[str, bytes]) -> bytes:
    return tar_of(*(entry(name, data) for name, data in files.items()))


@dataclass(frozen=True)
class Run:
    status: int
    bundle: bytes
    log: str

    @property
    def fault(self) -> dict[str, str]:
        last: dict[str, str] = json.loads(self.log.splitlines()[-1])
        return last

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.bundle)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def run(source: bytes) -> Run:
    done = subprocess.run(packer_program().command(), input=source, capture_output=True, check=False, env={})
    return Run(done.returncode, done.stdout, done.stderr.decode())


def test_a_bundle_has_the_source_and_its_compiled_translations() -> None:
    built = run(source_of(SOURCE))

    assert built.status == 0
    assert list(built.files) == [
        "SmallMaze.activity/activity.py",
        "SmallMaze.activity/activity/activity.info",
        "SmallMaze.activity/activity/maze.svg",
        "SmallMaze.activity/locale/es/LC_MESSAGES/org.example.Maze.mo",
        "SmallMaze.activity/locale/es/activity.linfo",
        "SmallMaze.activity/po/es.po",
    ]
    assert built.files["SmallMaze.activity/activity.py"] == b"pass\n"
    assert built.log.splitlines()[-1] == "SmallMaze-3.xo: 6 files, 2 of them made from 1 translations"


def test_name_and_summary_are_translated_for_sugar() -> None:
    linfo = run(source_of(SOURCE)).files["SmallMaze.activity/locale/es/activity.linfo"]

    assert linfo.decode() == "[Activity]\nname = Laberinto pequeño\nsummary = Encuentra el camino.\n"


def test_without_a_summary_the_header_is_not_taken_for_one() -> None:
    files = SOURCE | {"activity/activity.info": INFO.replace(b"summary = Find the way.\n", b"")}

    linfo = run(source_of(files)).files["SmallMaze.activity/locale/es/activity.linfo"]

    assert linfo.decode().endswith("\nsummary = \n")


def test_the_same_source_gives_the_same_bytes_in_whatever_order_it_comes() -> None:
    forwards, backwards = source_of(SOURCE), source_of(dict(reversed(SOURCE.items())))

    assert run(forwards).bundle == run(backwards).bundle != b""


def test_a_pipe_and_a_file_give_the_same(tmp_path: object) -> None:
    with (tmp_path / "source.tar").open("w+b") as file:  # type: ignore[operator]
        file.write(source_of(SOURCE))
        file.seek(0)
        done = subprocess.run(packer_program().command(), stdin=file, capture_output=True, check=True, env={})

    assert done.stdout == run(source_of(SOURCE)).bundle


def test_nothing_of_when_where_and_by_whom_is_in_the_bundle() -> None:
    files = [entry(name, data) for name, data in SOURCE.items()]
    for info, _ in files:
        info.mtime, info.uid, info.uname = 1_700_000_000, 1234, "alice"
    built = run(tar_of(*files, entry("bin/start", b"#!/bin/sh\n", mode=0o4777)))

    assert b"alice" not in built.bundle
    with zipfile.ZipFile(io.BytesIO(built.bundle)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes.pop("SmallMaze.activity/bin/start") == 0o100755
    assert set(modes.values()) == {0o100644}


def test_a_broken_translation_costs_its_language_and_nothing_else() -> None:
    built = run(source_of(SOURCE | {"po/fr.po": b'msgid "a"\n'}))

    assert built.status == 0
    assert "warning: po/fr.po is not compiled: line 2: msgstr is due, and 'the end of the file' was found" in built.log
    assert not [name for name in built.files if "/locale/fr/" in name]
    assert "SmallMaze.activity/locale/es/activity.linfo" in built.files


def test_what_the_build_makes_wins_over_an_old_one_in_the_source() -> None:
    built = run(source_of(SOURCE | {"locale/es/activity.linfo": b"old"}))

    assert built.files["SmallMaze.activity/locale/es/activity.linfo"].startswith(b"[Activity]")
    assert "locale/es/activity.linfo is in the source and is made by the build, too; the one made is packed" in built.log


def test_the_same_file_from_source_and_build_stands_once() -> None:
    linfo = run(source_of(SOURCE)).files["SmallMaze.activity/locale/es/activity.linfo"]
    built = run(source_of(SOURCE | {"locale/es/activity.linfo": linfo}))

    assert len(built.files) == 6
    assert "the two are the same" in built.log


FAULTS = {
    "no activity.info": ({"activity.py": b""}, "bundle.info-missing"),
    "an empty activity.info": (SOURCE | {"activity/activity.info": b""}, "bundle.info-"),
    "no name": (SOURCE | {"activity/activity.info": INFO.replace(b"name =", b"nome =")}, "bundle.info-key-missing"),
    "no bundle_id": (SOURCE | {"activity/activity.info": INFO.replace(b"bundle_id", b"id")}, "bundle.info-key-missing"),
    "a bundle_id that is a path": (
        SOURCE | {"activity/activity.info": INFO.replace(b"org.example.Maze", b"../x.y")},
        "bundle.info-bundle-id",
    ),
    "a name that is a path": (SOURCE | {"activity/activity.info": INFO.replace(b"Small Maze", b"../x")}, "bundle.info-name"),
    "a malformed version": (SOURCE | {"activity/activity.info": INFO.replace(b"= 3", b"= 1.02")}, "bundle.version-malformed"),
    "a huge activity.info": (SOURCE | {"activity/activity.info": INFO + b"#" * (64 << 10)}, "bundle.info-"),
    "a path that leads out": (SOURCE | {"../x": b""}, "source.path-unsafe"),
    "an absolute path": (SOURCE | {"/x": b""}, "source.path-unsafe"),
    "a path over two lines": (SOURCE | {"a\nb": b""}, "source.path-unsafe"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_the_source_is_told_in_a_last_line(case: str) -> None:
    files, rule = FAULTS[case]
    built = run(source_of(files))

    assert (built.status, built.bundle) == (EX_DATAERR, b"")
    assert built.fault["rule"].startswith(rule)
    assert built.fault["found"]
    assert built.fault["cure"]


BROKEN = {
    "no tar": b"this is no tar" * 100,
    "nothing": b"",
    "half a tar": source_of(SOURCE)[:1800],
    "a link": tar_of(entry("x", kind=tarfile.SYMTYPE)),
    "a hard link": tar_of(entry("x", kind=tarfile.LNKTYPE)),
    "a pipe": tar_of(entry("x", kind=tarfile.FIFOTYPE)),
    "a device": tar_of(entry("x", kind=tarfile.CHRTYPE)),
    "a name twice": tar_of(entry("x", b"1"), entry("x", b"2")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_tar_that_no_core_wrote_is_no_fault_of_the_author(case: str) -> None:
    built = run(BROKEN[case])

    assert (built.status, built.bundle) == (EX_SOFTWARE, b"")
    assert built.log.startswith("error: ")


LIMITS = {
    "source.too-many-files": SourceLimits(files=3),
    "source.file-too-large": SourceLimits(file_bytes=100),
    "source.too-large": SourceLimits(total_bytes=250),
    "source.translations-too-large": SourceLimits(translation_bytes=100),
}


@pytest.mark.parametrize("rule", LIMITS)
def test_everything_is_counted(rule: str) -> None:
    with pytest.raises(Permanent) as caught:
        SourceTar(io.BytesIO(source_of(SOURCE)), LIMITS[rule])
    assert caught.value.rule == rule


def test_a_tar_that_is_cut_while_it_is_read_is_noticed() -> None:
    file = io.BytesIO(source_of(SOURCE))
    source = SourceTar(file, SourceLimits())
    file.truncate(1024)

    with pytest.raises(BrokenSourceTar):
        pack(source, io.BytesIO(), lambda _: None)


def test_the_packer_needs_nothing_that_is_installed() -> None:
    program = packer_program()

    assert program.command()[1:4] == ("-I", "-S", "-B")
    assert all(path.is_absolute() and path.exists() for path in (*program.readable, *program.roots))
    assert not [path for path in program.readable if "site-packages" in path.parts and "aslo_core" not in path.parts]


PACKED = [
    "MANIFEST.in",
    "lib/MANIFEST",
    "lib/.gitignore",
    ".github/x.yml",
    "po/pseudo.po",
    "lib/dist/x",
    "screenshots",
    "distance.py",
]
UNPACKED = [
    ".gitignore",
    "MANIFEST",
    "x.pyc",
    "lib/x.pyc",
    "x~",
    "lib/x~",
    "x.bak",
    "lib/x.bak",
    "pseudo.po",
    "dist/x",
    "screenshots/en/1.png",
    ".git/x",
]
TRANSLATIONS = {"po/pt_BR.po": "pt_BR", "po/sr@latin.po": "sr@latin"}
NO_TRANSLATIONS = ["po/pseudo.po", "po/.po", "po/...po", "po/x.pot", "po/sub/es.po", "es.po", "po/dist.po", "lib/po/es.po"]


@pytest.mark.parametrize("path", PACKED)
def test_packed(path: str) -> None:
    assert is_packed(path)


@pytest.mark.parametrize("path", UNPACKED)
def test_not_packed(path: str) -> None:
    assert not is_packed(path)


@pytest.mark.parametrize("path", [*TRANSLATIONS, *NO_TRANSLATIONS])
def test_language(path: str) -> None:
    assert language_of(path) == TRANSLATIONS.get(path, "")


_LETTERS = st.characters(codec="utf-8", min_codepoint=32, exclude_characters="/\\\x7f")
_NAMES = st.text(_LETTERS, min_size=1, max_size=12)
_SAFE = _NAMES.filter(lambda name: name not in (".", "..", "activity", "activity.py", "po") and name.lower() != ".git")


@given(files=st.dictionaries(_SAFE, st.binary(max_size=300), max_size=6))
def test_every_tracked_file_that_is_to_be_packed_is_packed_unchanged(files: dict[str, bytes]) -> None:
    bundle = io.BytesIO()
    pack(SourceTar(io.BytesIO(source_of(SOURCE | files)), SourceLimits()), bundle, lambda _: None)

    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        found = {name: archive.read(f"SmallMaze.activity/{name}") for name in files if is_packed(name)}
    assert found == {name: data for name, data in files.items() if is_packed(name)}
    assert names == sorted(set(names), key=str.encode)
    assert len(names) == 6 + len(found)
