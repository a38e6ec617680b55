from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import subprocess
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.bundle.archive import Archive
from aslo_core.bundle.limits import MIB, InspectionLimits
from aslo_core.errors import Permanent

SECONDS = 10  # of processor time, on a slow machine under a tracer; what these tests guard against takes minutes
LIMITS = InspectionLimits()
ROOT = b"SmallMaze.activity/"
SHARED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextlib.contextmanager
def checked(path: Path, limits: InspectionLimits = LIMITS) -> Iterator[Archive]:
    with path.open("rb") as file:
        yield Archive.checked(file, limits)


def read_all(path: Path, limits: InspectionLimits = LIMITS) -> dict[str, str]:
    """Open a bundle and read all of it, as an inspection does."""
    with checked(path, limits) as archive:
        return dict(archive.digests())


def refused(path: Path, limits: InspectionLimits = LIMITS) -> Permanent:
    with pytest.raises(Permanent) as error:
        read_all(path, limits)
    assert len(error.value.found) < 500
    assert error.value.cure
    return error.value


# --- what real bundles do ------------------------------------------------------------------------------------------------


def test_a_good_bundle(zipping: Any) -> None:
    path = zipping.bundle()
    with checked(path) as archive:
        assert archive.root == "SmallMaze.activity"
        assert archive.names == (
            *("activity/activity.info", "activity/maze.svg", "activity.py"),
            "locale/es/activity.linfo",
        )
        assert archive.read("activity.py", 1000).startswith(b"from gi.repository")
        assert archive.read_start("activity.py", 4) == b"from"
        digests = dict(archive.digests())
    assert (
        digests["SmallMaze.activity/activity.py"]
        == hashlib.sha256(zipfile.ZipFile(path).read("SmallMaze.activity/activity.py")).hexdigest()
    )


def test_the_mimetype_may_stand_first(zipping: Any) -> None:
    mimetype = zipping.entry(b"mimetype", b"application/vnd.olpc-sugar", method=0)
    path = zipping.write(zipping.lay_out([mimetype, *zipping.files()]))
    assert "mimetype" in read_all(path)
    assert refused(zipping.bundle(mimetype)).rule == "bundle.root-several"


def test_directories_modes_comments_and_stored_entries(zipping: Any) -> None:
    read_all(
        zipping.bundle(
            zipping.entry(ROOT + b"images/", mode=0o40755),
            zipping.entry(ROOT + b"empty/", packed=b"\x03\x00", mode=0),
            zipping.entry(ROOT + b"run", b"#!/bin/sh", method=0, mode=0o106777),
            zipping.entry(ROOT + b"dos", b"x", mode=0, host=0, comment=b"from DOS"),
            comment=b"Made by hand",
        )
    )


@pytest.mark.parametrize("form", ["<3L", "<LQQ"])
@pytest.mark.parametrize("signature", [b"", b"PK\x07\x08"])
def test_data_descriptors(zipping: Any, form: str, signature: bytes) -> None:
    data = b"written to a pipe"
    entry = zipping.entry(ROOT + b"x", data, flags=8, local={"crc": 0, "packed": 0, "size": 0})
    sums = struct.pack(form, zlib.crc32(data), len(entry.compressed()), len(data))
    described = zipping.entry(ROOT + b"x", data, flags=8, local=entry.local, descriptor=signature + sums)
    assert "SmallMaze.activity/x" in read_all(zipping.bundle(described))
    lying = zipping.entry(ROOT + b"x", data, flags=8, local=entry.local, descriptor=signature + sums[:-1] + b"\1")
    assert refused(zipping.bundle(lying)).rule == "bundle.archive-mismatch"


def test_what_pythons_zipfile_writes(zipping: Any) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any, /) -> int:
            self.content += bytes(data)
            return len(data)

    for target in (io.BytesIO(), Pipe()):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("A.activity/activity/activity.info", b"[Activity]\n")
            with archive.open("A.activity/größe", "w", force_zip64=True) as entry:
                entry.write(b"x" * 100_000)
        content = target.getvalue() if isinstance(target, io.BytesIO) else bytes(target.content)
        assert set(read_all(zipping.write(content))) == {"A.activity/activity/activity.info", "A.activity/größe"}


@pytest.mark.skipif(which("zip") is None, reason="zip is not installed")
@pytest.mark.parametrize("arguments", [["-r"], ["-r", "-D", "-0"], ["-r", "-fd"], ["-r", "-UN=UTF8"], ["-r", "-X"]])
def test_what_info_zip_writes(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "A.activity/activity").mkdir(parents=True)
    (tmp_path / "A.activity/activity/activity.info").write_text("[Activity]\n")
    (tmp_path / "A.activity/größe").write_bytes(b"x" * 10_000)
    subprocess.run(["zip", "-q", *arguments, "a.xo", "A.activity"], cwd=tmp_path, check=True)
    assert set(read_all(tmp_path / "a.xo")) == {"A.activity/activity/activity.info", "A.activity/größe"}


def test_the_same_file_twice_comes_once(zipping: Any) -> None:
    with checked(zipping.bundle(zipping.files()[2])) as archive:
        assert archive.doubles == ("activity.py",)
        assert len(list(archive.digests())) == 4


# --- the file as a whole -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK", b"hello" * 1000, b"PK\5\6" + bytes(10), b"\x1f\x8b" + bytes(100)])
def test_what_is_no_archive(zipping: Any, content: bytes) -> None:
    assert refused(zipping.write(content)).rule == "bundle.archive-not-zip"


def test_an_empty_archive(zipping: Any) -> None:
    assert refused(zipping.write(zipping.lay_out([]))).rule == "bundle.archive-empty"


@pytest.mark.parametrize(
    ("layout", "rule"),
    [
        ({"prefix": b"#!/bin/sh\n"}, "bundle.archive-prefixed"),
        ({"gaps": {2: b"hidden"}}, "bundle.archive-gap"),
        ({"gaps": {0: b"hidden"}}, "bundle.archive-prefixed"),
        ({"before_end": b"hidden"}, "bundle.archive-prefixed"),
        ({"suffix": b"hidden"}, "bundle.archive-trailing-data"),
        ({"comment": b"x" * 30, "suffix": b"x"}, "bundle.archive-trailing-data"),
        ({"comment": b"PK\5\6" + bytes(18)}, "bundle.archive-empty"),
        ({"comment": b"PK\5\6" + bytes(40)}, "bundle.archive-trailing-data"),
        ({"end": {"disk": 1}}, "bundle.archive-split"),
        ({"end": {"here": 1}}, "bundle.archive-split"),
        ({"end": {"count": 3, "here": 3}}, "bundle.archive-directory"),
        ({"end": {"count": 5, "here": 5}}, "bundle.archive-directory"),
        ({"end": {"count": 0xFFFF, "here": 0xFFFF}}, "bundle.archive-zip64"),
        ({"end": {"start": 0xFFFFFFFF}}, "bundle.archive-zip64"),
        ({"end": {"length": 0xFFFFFFFF}}, "bundle.archive-zip64"),
        ({"end": {"start": 40}}, "bundle.archive-prefixed"),
        ({"end": {"start": 100_000}}, "bundle.archive-directory"),
    ],
)
def test_archives_that_could_be_read_in_two_ways(zipping: Any, layout: dict[str, Any], rule: str) -> None:
    assert refused(zipping.bundle(**layout)).rule == rule


def test_a_directory_that_is_none(zipping: Any) -> None:
    content = bytearray(zipping.bundle().read_bytes())
    record = content.rindex(b"PK\1\2")
    content[record] = 0
    assert refused(zipping.write(bytes(content))).rule == "bundle.archive-directory"
    content[record : record + 1] = b"P"
    content[record + 32 : record + 34] = b"\xff\xff"
    assert refused(zipping.write(bytes(content))).rule == "bundle.archive-directory"


def test_an_archive_moved_as_a_whole_behind_something_else(zipping: Any) -> None:
    assert refused(zipping.write(b"GIF89a" + zipping.bundle().read_bytes())).rule == "bundle.archive-prefixed"


def test_two_archives_one_after_the_other(zipping: Any) -> None:
    content = zipping.bundle().read_bytes()
    assert refused(zipping.write(content + content)).rule == "bundle.archive-prefixed"


def test_a_zip64_locator_in_the_last_comment(zipping: Any) -> None:
    """Python's zipfile would follow it to another directory."""
    sly = zipping.entry(ROOT + b"x", comment=struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1))
    assert refused(zipping.bundle(sly)).rule == "bundle.archive-zip64"


# --- entries against one another -----------------------------------------------------------------------------------------


def test_entries_that_overlap(zipping: Any) -> None:
    """The two directory records share one local entry: a bomb that needs no nesting."""
    shared = zipping.entry(ROOT + b"bomb", bytes(100_000))
    again = zipping.entry(ROOT + b"bomb", bytes(100_000), central={"offset": 0})
    assert refused(zipping.bundle(shared, again)).rule == "bundle.archive-overlap"


def test_an_entry_within_another(zipping: Any) -> None:
    inner = zipping.lay_out([zipping.entry(ROOT + b"inner", b"x")])
    files = zipping.files()
    offset = len(zipping.lay_out(files[:1])) - len(zipping.lay_out([])) - (46 + len(files[0].name))
    header = 30 + len(ROOT + b"quine")
    outer = zipping.entry(ROOT + b"quine", inner, method=0)
    pointing = zipping.entry(ROOT + b"inner", b"x", central={"offset": offset + header})
    assert refused(zipping.write(zipping.lay_out([files[0], outer, pointing]))).rule == "bundle.archive-overlap"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"flags": 1}, "bundle.archive-encrypted"),
        ({"flags": 0x40}, "bundle.archive-encrypted"),
        ({"flags": 0x2000}, "bundle.archive-encrypted"),
        ({"flags": 0x20}, "bundle.archive-method"),
        ({"method": 12}, "bundle.archive-method"),
        ({"method": 14}, "bundle.archive-method"),
        ({"method": 99}, "bundle.archive-method"),
        ({"local_name": ROOT + b"y"}, "bundle.archive-mismatch"),
        ({"local_name": b"../../../../../etc/passwd"}, "bundle.archive-mismatch"),
        ({"local": {"method": 0}}, "bundle.archive-mismatch"),
        ({"local": {"flags": 1}}, "bundle.archive-mismatch"),
        ({"local": {"flags": 0x800}}, "bundle.archive-mismatch"),
        ({"local": {"crc": 1}}, "bundle.archive-mismatch"),
        ({"local": {"size": 1}}, "bundle.archive-mismatch"),
        ({"local": {"packed": 1}}, "bundle.archive-mismatch"),
        ({"local": {"size": 0}}, "bundle.archive-mismatch"),
        ({"method": 0, "central": {"size": 3}}, "bundle.archive-mismatch"),
        ({"central": {"offset": 1}}, "bundle.archive-local-header"),
        ({"central": {"offset": 0xFFFFFFFF}}, "bundle.archive-zip64"),
        ({"central": {"size": 0xFFFFFFFF}}, "bundle.archive-zip64"),
        ({"central": {"packed": 10_000}}, "bundle.archive-overlap"),
        ({"central_extra": struct.pack("<HHQ", 1, 8, 1 << 40)}, "bundle.archive-zip64"),
        ({"central_extra": struct.pack("<HH", 9, 100)}, "bundle.archive-extra-field"),
        ({"extra": struct.pack("<HH", 9, 100)}, "bundle.archive-extra-field"),
        ({"central_extra": struct.pack("<HHBL", 0x7075, 9, 1, zlib.crc32(ROOT + b"x")) + b"evil"}, "bundle.archive-name-twice"),
        ({"extra": struct.pack("<HHBL", 0x7075, 9, 1, zlib.crc32(ROOT + b"x")) + b"evil"}, "bundle.archive-name-twice"),
        ({"descriptor": b"hidden"}, "bundle.archive-gap"),
    ],
)
def test_entries_that_lie(zipping: Any, change: dict[str, Any], rule: str) -> None:
    assert refused(zipping.bundle(zipping.entry(ROOT + b"x", b"content", **change))).rule == rule


def test_zip64_sizes_in_a_local_header_are_compared(zipping: Any) -> None:
    def entry(size: int) -> Any:
        extra = struct.pack("<HHQQ", 1, 16, size, 7)
        saturated = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
        return zipping.entry(ROOT + b"x", b"content", method=0, extra=extra, local=saturated)

    read_all(zipping.bundle(entry(7)))
    assert refused(zipping.bundle(entry(8))).rule == "bundle.archive-mismatch"


def test_a_second_name_that_is_the_same_name(zipping: Any) -> None:
    name = ROOT + "größe".encode()
    extra = struct.pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(name)) + name
    assert "SmallMaze.activity/größe" in read_all(zipping.bundle(zipping.entry(name, b"x", extra=extra, central_extra=extra)))


# --- names and kinds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (b"/etc/passwd", "bundle.archive-name-absolute"),
        (ROOT + b"../../x", "bundle.archive-name-parent"),
        (b"../SmallMaze.activity/x", "bundle.archive-name-parent"),
        (ROOT + b"a\\..\\x", "bundle.archive-name-backslash"),
        (b"C:/x", "bundle.archive-name-drive"),
        (b"c:x", "bundle.archive-name-drive"),
        (ROOT + b"a\0b", "bundle.archive-name-control"),
        (ROOT + b"a\x1b[2Jb", "bundle.archive-name-control"),
        (ROOT + "a\x85b".encode(), "bundle.archive-name-control"),
        (ROOT + b"a//b", "bundle.archive-name-part"),
        (ROOT + b"./b", "bundle.archive-name-part"),
        (b"", "bundle.archive-name-part"),
        (ROOT + b"a" * 256, "bundle.archive-name-long"),
        (ROOT + b"a/" * 1000, "bundle.archive-name-long"),
        (b"Other.activity/x", "bundle.root-several"),
        (b"SmallMaze.activityx/x", "bundle.root-several"),
        (b"__MACOSX/._x", "bundle.root-several"),
        (b"README", "bundle.root-several"),
        (ROOT + b"Activity.py", "bundle.archive-case-clash"),
        (ROOT + b"ACTIVITY/ACTIVITY.INFO", "bundle.archive-case-clash"),
        (ROOT + b"activity.py/x", "bundle.archive-file-as-directory"),
        (ROOT + b"activity.py/", "bundle.archive-file-as-directory"),
        (ROOT + b"ACTIVITY.PY/x/y", "bundle.archive-file-as-directory"),
        (ROOT + b"activity", "bundle.archive-file-as-directory"),
        (ROOT[:-1], "bundle.archive-file-as-directory"),
    ],
)
def test_dangerous_names(zipping: Any, name: bytes, rule: str) -> None:
    assert refused(zipping.bundle(zipping.entry(name, b"" if name.endswith(b"/") else b"x"))).rule == rule


def test_names_that_are_one_once_normalised(zipping: Any) -> None:
    one, other = (zipping.entry(ROOT + name.encode(), b"x", flags=0x800) for name in ("\u00e9", "e\u0301"))
    assert refused(zipping.bundle(one, other)).rule == "bundle.archive-unicode-clash"


def test_names_that_are_not_in_the_encoding_they_claim(zipping: Any) -> None:
    assert refused(zipping.bundle(zipping.entry(ROOT + b"\xff", flags=0x800))).rule == "bundle.archive-name-encoding"
    assert "SmallMaze.activity/\u00e9" in read_all(zipping.bundle(zipping.entry(ROOT + b"\x82", b"x")))


@pytest.mark.parametrize(
    ("mode", "name", "rule"),
    [
        (0o120777, b"link", "bundle.archive-link"),
        (0o120777, b"link/", "bundle.archive-link"),
        (0o060644, b"block", "bundle.archive-device"),
        (0o020644, b"character", "bundle.archive-device"),
        (0o010644, b"pipe", "bundle.archive-device"),
        (0o140644, b"socket", "bundle.archive-device"),
        (0o040755, b"directory", "bundle.archive-directory-entry"),
        (0o100644, b"directory/", "bundle.archive-directory-entry"),
    ],
)
@pytest.mark.parametrize("host", [0, 3, 19])
def test_links_and_devices(zipping: Any, mode: int, name: bytes, rule: str, host: int) -> None:
    entry = zipping.entry(ROOT + name, b"/etc/passwd", method=0, mode=mode, host=host)
    assert refused(zipping.bundle(entry)).rule == rule


def test_different_files_of_one_name(zipping: Any) -> None:
    error = refused(zipping.bundle(zipping.entry(ROOT + b"activity.py", b"import os")))
    assert error.rule == "bundle.archive-duplicate"
    assert "activity.py" in error.found


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        ([b"mimetype"], "bundle.root-missing"),
        ([b"activity/activity.info"], "bundle.root-missing"),
        ([b"Maze/activity/activity.info"], "bundle.root-missing"),
        ([b".activity/activity/activity.info"], "bundle.root-missing"),
        ([b".Maze.activity/activity/activity.info"], "bundle.root-missing"),
        ([b"Maze.activity"], "bundle.root-missing"),
        ([b"Maze.activity/activity.info"], "bundle.info-missing"),
        ([b"Maze.activity/sub/activity/activity.info"], "bundle.info-missing"),
        ([b"Maze.activity/activity/activity.info"] * 2, "bundle.info-several"),
    ],
)
def test_one_root_and_one_activity_info(zipping: Any, names: list[bytes], rule: str) -> None:
    assert refused(zipping.write(zipping.lay_out([zipping.entry(name, b"x") for name in names]))).rule == rule


# --- data ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"packed": b"\xff\xff\xff"}, "bundle.archive-data"),
        ({"packed": b"\x4b"}, "bundle.archive-data"),
        ({"packed": b""}, "bundle.archive-data"),
        ({"packed": zlib.compress(b"content", wbits=-15) + b"hidden"}, "bundle.archive-data"),
        ({"local": {"crc": 1}, "central": {"crc": 1}}, "bundle.archive-checksum"),
        ({"local": {"size": 6}, "central": {"size": 6}}, "bundle.archive-size-lie"),
        ({"local": {"size": 8}, "central": {"size": 8}}, "bundle.archive-size-lie"),
    ],
)
def test_damaged_data(zipping: Any, change: dict[str, Any], rule: str) -> None:
    assert refused(zipping.bundle(zipping.entry(ROOT + b"x", b"content", **change))).rule == rule


def test_data_hidden_in_a_directory(zipping: Any) -> None:
    lie = {"size": 0, "crc": 0}
    hiding = zipping.entry(ROOT + b"images/", b"hidden", mode=0o40755, local=lie, central=lie)
    assert refused(zipping.bundle(hiding)).rule == "bundle.archive-size-lie"


# --- limits --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "rule", "limit"),
    [
        (InspectionLimits(archive_bytes=100), "bundle.archive-too-large", "100 ([build] bundle_mib)"),
        (InspectionLimits(entries=3), "bundle.archive-entries", "3 ([bundle] entries)"),
        (InspectionLimits(directory_bytes=99), "bundle.archive-directory-size", "99 ([bundle] directory_mib)"),
        (InspectionLimits(name_bytes=30), "bundle.archive-name-long", "30 ([bundle] name_bytes)"),
        (InspectionLimits(entry_bytes=50), "bundle.archive-entry-size", "50 ([bundle] file_mib)"),
        (InspectionLimits(inflated_bytes=500), "bundle.archive-inflated-size", "500 ([bundle] inflated_mib)"),
    ],
)
def test_every_limit_names_itself(zipping: Any, limits: InspectionLimits, rule: str, limit: str) -> None:
    error = refused(zipping.bundle(), limits)
    assert error.rule == rule
    assert f"the limit is {limit}" in error.found


def test_a_bomb(zipping: Any) -> None:
    error = refused(zipping.bundle(zipping.entry(ROOT + b"bomb", bytes(50 * MIB))))
    assert error.rule == "bundle.archive-ratio"


def test_a_small_file_may_be_packed_tightly(zipping: Any) -> None:
    read_all(zipping.bundle(zipping.entry(ROOT + b"blank.bmp", bytes(7 * MIB))))


def test_a_file_larger_than_its_reader_wants(zipping: Any) -> None:
    with checked(zipping.bundle()) as archive, pytest.raises(Permanent) as error:
        archive.read("activity.py", 3)
    assert error.value.rule == "bundle.file-too-large"


def test_a_bomb_that_announces_little_is_not_inflated(zipping: Any) -> None:
    lie = {"size": 10}
    path = zipping.bundle(zipping.entry(ROOT + b"bomb", bytes(20 * MIB), local=lie, central=lie))
    with checked(path) as archive:
        tracemalloc.start()
        with pytest.raises(Permanent) as error:
            archive.read("bomb", 100)
        assert tracemalloc.get_traced_memory()[1] < 2 * MIB
        tracemalloc.stop()
    assert error.value.rule == refused(path).rule == "bundle.archive-size-lie"


def test_the_largest_directory_that_is_read(zipping: Any) -> None:
    """As many entries with as long names as the limits allow: in bounded time and memory."""
    names = [ROOT + f"{number:05}/".encode() + b"d/" * 150 + b"x" for number in range(19_990)]
    path = zipping.bundle(*[zipping.entry(name, method=0) for name in names])
    before = time.process_time()
    found = read_all(path)
    assert time.process_time() - before < SECONDS
    assert len(found) == len(names) + 4


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc to count open files in")
# --- any file at all -----------------------------------------------------------------------------------------------------


@given(st.data())
@SHARED_FOLDER
def test_changed_bytes_are_refused_or_read_as_zipfile_reads_them(zipping: Any, data: st.DataObject) -> None:
    """Whatever is accepted, Python's zipfile, with which Sugar reads, finds the same in it."""
    content = bytearray(zipping.bundle(comment=b"comment").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "copy"])):
            case "set":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 40))]
            case "insert":
                content[at:at] = data.draw(st.binary(max_size=40))
            case _:
                content[at:at] = content[at : at + data.draw(st.integers(1, 200))]
        if not content:
            return
    path = zipping.write(bytes(content), "changed.xo")
    try:
        found = read_all(path)
    except Permanent:
        return
    with zipfile.ZipFile(path) as peer:
        listed = {info.filename: hashlib.sha256(peer.read(info)).hexdigest() for info in peer.infolist() if not info.is_dir()}
    assert listed.keys() == found.keys() or not "".join(found).isascii()
    assert sorted(listed.values()) == sorted(found.values())


@pytest.mark.parametrize(
    ("name", "host", "flags", "rule"),
    [
        (b"activity/activity.info;1", 3, 0, "bundle.archive-name-version"),
        (b"activity/activity.info;", 3, 0x800, "bundle.archive-name-version"),
        (b"activity/activity.info\xff", 3, 0, "bundle.archive-name-encoding"),
        (b"act\xd5vity/activity.info", 0, 0, "bundle.archive-name-encoding"),
        (b"act\xd5\x98vity/activity.info", 0, 0, "bundle.archive-name-encoding"),
    ],
)
def test_names_that_unzip_puts_in_anothers_place(zipping: Any, name: bytes, host: int, flags: int, rule: str) -> None:
    other = zipping.entry(b"SmallMaze.activity/" + name, b"another's", host=host, flags=flags)
    bundle = zipping.bundle(other)
    assert refused(bundle).rule == rule
    if unzip := which("unzip"):
        subprocess.run([unzip, "-o", "-q", bundle, "-d", zipping.folder / "out"], check=True, stdin=subprocess.DEVNULL)
        assert (zipping.folder / "out/SmallMaze.activity/activity/activity.info").read_bytes() == b"another's"


@pytest.mark.parametrize(
    ("name", "host", "flags"),
    [(b"a;b.py", 3, 0), (b"a;1/b.py", 3, 0), ("é.py".encode(), 3, 0), ("é.py".encode(), 0, 0x800), (b"caf\xe9.py", 3, 0)],
)
def test_names_that_only_look_odd(zipping: Any, name: bytes, host: int, flags: int) -> None:
    assert len(read_all(zipping.bundle(zipping.entry(b"SmallMaze.activity/" + name, b"x", host=host, flags=flags)))) == 5


@pytest.mark.parametrize("field", ["extra", "central_extra"])
@pytest.mark.parametrize(("mode", "rule"), [(0o120777, "bundle.archive-link"), (0o010644, "bundle.archive-device")])
def test_a_second_mode_in_an_extra_field(zipping: Any, field: str, mode: int, rule: str) -> None:
    asi = struct.pack("<HHLHLHH", 0x756E, 14, 0, mode, 0, 0, 0)
    bundle = zipping.bundle(zipping.entry(b"SmallMaze.activity/x", b"/etc/passwd", mode=0, **{field: asi}))
    assert refused(bundle).rule == rule
