"""The central directory of a ZIP file, read strictly (PKWARE APPNOTE 6.3.10, sections 4.3.12 and 4.3.16).

Readers of ZIP files disagree about odd ones: which directory counts, which name, which size. Sugar lists with zipfile and
unpacks with unzip, so what could be read in two ways is refused.
"""

from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass
from typing import IO

from aslo_core.bundle.limits import InspectionLimits
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LONGEST_COMMENT = 0xFFFF
_SATURATED_COUNT = 0xFFFF
_RECORD = struct.Struct("<4s6H3L5H2L")
_RECORD_SIGNATURE = b"PK\x01\x02"
_ZIP64_LOCATOR = struct.Struct("<4sLQL")
_ZIP64_LOCATOR_SIGNATURE = b"PK\x06\x07"
_SATURATED = 0xFFFFFFFF
UTF8 = 0x0800

EXTRA_ZIP64 = 0x0001
_EXTRA_UNICODE_PATH = 0x7075
_EXTRA_ASI_UNIX = 0x756E
_ONCE = frozenset({EXTRA_ZIP64, _EXTRA_UNICODE_PATH, _EXTRA_ASI_UNIX})
_ASI_UNIX = struct.Struct("<LH")  # checksum and mode, as Info-ZIP's extrafld.txt has them; more follows

AGAIN = "Make the bundle again, with `python3 setup.py dist_xo` or by releasing without an attached file."
"""What helps with nearly every broken archive."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the central directory says of one entry.

    Attributes:
        name: the path, decoded; a directory's ends in `/`.
        raw: the path as it stands in the file.
        flags: general purpose bits.
        method: 0 stored, 8 deflated, others are not supported.
        crc: CRC-32 of the inflated bytes.
        packed: size in the file.
        size: size once inflated.
        offset: where its local header begins.
        mode: Unix file mode with its type, or 0.
        host: the kind of file system that it was packed on (APPNOTE 4.4.2).
    """

    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int
    host: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory.

    Attributes:
        start: where it begins, which is where the last entry has to end.
        records: in its own order, which is the one that readers list.
    """

    start: int
    records: tuple[Record, ...]


def read_directory(file: IO[bytes], size: int, limits: InspectionLimits) -> Directory:
    """Read the central directory of a file of `size` bytes.

    Raises:
        Permanent: `bundle.archive-…`.
    """
    if size > limits.archive_bytes:
        raise too_much("bundle.archive-too-large", "bytes in the file", size, limits.archive_bytes, "[build] bundle_mib")
    end, tail = _find_end(file, size)
    _, disk, first_disk, here, count, length, start, _ = _END.unpack_from(tail)
    if disk or first_disk or here != count:
        raise Permanent("bundle.archive-split", "The archive is one part of several.", AGAIN)
    if count == _SATURATED_COUNT or _SATURATED in (length, start) or _has_zip64_locator(file, end):
        raise Permanent("bundle.archive-zip64", "The archive has a Zip64 directory, which no bundle of this size needs.", AGAIN)
    if not count:
        raise Permanent("bundle.archive-empty", "The archive has no entries.", AGAIN)
    if count > limits.entries:
        raise too_much("bundle.archive-entries", "entries", count, limits.entries, "[bundle] entries")
    if length > limits.directory_bytes:
        most = limits.directory_bytes
        raise too_much("bundle.archive-directory-size", "bytes in its directory", length, most, "[bundle] directory_mib")
    if start + length != end:
        what = "prefixed" if start + length < end else "directory"
        raise Permanent(
            f"bundle.archive-{what}",
            f"The archive's directory should be {length} bytes at offset {start}, but it ends at offset {end}: "
            "something stands before the archive or between its parts.",
            AGAIN,
        )
    file.seek(start)
    return Directory(start, _records(file.read(length), count, limits))


def extra_fields(extra: bytes, name: str, raw: bytes) -> dict[int, bytes]:
    """Split an entry's extra field into its parts: id → data. Up to three bytes at its end are padding.

    Raises:
        Permanent: `bundle.archive-extra-field` when a part goes beyond the end, `bundle.archive-name-twice` when there is a
            second name for the entry (APPNOTE 4.6.9; unzip prefers it) that is not the one in the header, `bundle.archive-link`
            or `-device` when there is a second mode (APPNOTE 4.5.2, ASi UNIX), which unzip may prefer, and it is no file's.
    """
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        at += 4 + length
        if at > len(extra) or (kind in fields and kind in _ONCE):
            raise Permanent("bundle.archive-extra-field", f"{shown(name)}: its extra field is malformed.", AGAIN)
        fields[kind] = extra[at - length : at]
    if fields.get(_EXTRA_UNICODE_PATH, raw).removeprefix(b"\x01" + struct.pack("<L", zlib.crc32(raw))) != raw:
        raise Permanent("bundle.archive-name-twice", f"{shown(name)} has another name in an extra field.", AGAIN)
    if len(asi := fields.get(_EXTRA_ASI_UNIX, b"")) >= _ASI_UNIX.size:
        check_mode(_ASI_UNIX.unpack_from(asi)[1], name)
    return fields


def check_mode(mode: int, name: str) -> None:
    """Refuse a Unix file mode that is neither a file's nor a directory's; 0 says nothing.

    Raises:
        Permanent: `bundle.archive-link` or `bundle.archive-device`.
    """
    if stat.S_ISLNK(mode):
        cure = "Put the file itself in its place, in the source too."
        raise Permanent("bundle.archive-link", f"{shown(name)} is a symbolic link.", cure)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Permanent("bundle.archive-device", f"{shown(name)} is neither a file nor a directory.", AGAIN)


def too_much(rule: str, what: str, found: int, limit: int, option: str) -> Permanent:
    """Say which limit was hit, and how large it is; `option` is its name in `aslo.toml`."""
    return Permanent(rule, f"The archive has {found} {what}; the limit is {limit} ({option}).", "Make the bundle smaller.")


def _find_end(file: IO[bytes], size: int) -> tuple[int, bytes]:
    """Find the one end record that every reader finds: the last signature, whose comment ends where the file ends."""
    reach = min(size, _END.size + _LONGEST_COMMENT)
    file.seek(size - reach)
    tail = file.read(reach)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        raise Permanent("bundle.archive-not-zip", f"The file of {size} bytes is no ZIP archive: it has no end record.", AGAIN)
    comment: int = _END.unpack_from(tail, at)[-1]
    rest = len(tail) - at - _END.size
    if rest != comment:
        raise Permanent(
            "bundle.archive-trailing-data",
            f"{rest} bytes follow the archive's end record, which announces {comment}.",
            AGAIN,
        )
    return size - reach + at, tail[at:]


def _has_zip64_locator(file: IO[bytes], end: int) -> bool:
    """Whether a reader that looks for Zip64 would find its locator before the end record, by chance or on purpose."""
    if end < _ZIP64_LOCATOR.size:
        return False
    file.seek(end - _ZIP64_LOCATOR.size)
    return file.read(4) == _ZIP64_LOCATOR_SIGNATURE


def _records(data: bytes, count: int, limits: InspectionLimits) -> tuple[Record, ...]:
    records: list[Record] = []
    at = 0
    while at < len(data):
        if len(data) - at < _RECORD.size or data[at : at + 4] != _RECORD_SIGNATURE:
            raise Permanent(
                "bundle.archive-directory", f"The archive's directory is malformed after {len(records)} entries.", AGAIN
            )
        fields = _RECORD.unpack_from(data, at)
        _, made_by, _, flags, method, _, _, crc, packed, size, of_name, of_extra, of_comment, disk, _, attributes, offset = (
            fields
        )
        name_end = at + _RECORD.size + of_name
        extra_end = name_end + of_extra
        if extra_end + of_comment > len(data):
            raise Permanent(
                "bundle.archive-directory", f"The archive's directory is malformed after {len(records)} entries.", AGAIN
            )
        raw = data[at + _RECORD.size : name_end]
        if len(raw) > limits.name_bytes:
            what = "bytes in the name of an entry"
            raise too_much("bundle.archive-name-long", what, len(raw), limits.name_bytes, "[bundle] name_bytes")
        name = _name(raw, flags)
        if EXTRA_ZIP64 in extra_fields(data[name_end:extra_end], name, raw) or _SATURATED in (packed, size, offset) or disk:
            raise Permanent("bundle.archive-zip64", f"{shown(name)} is marked as Zip64 or as part of another file.", AGAIN)
        records.append(Record(name, raw, flags, method, crc, packed, size, offset, attributes >> 16, made_by >> 8))
        at = extra_end + of_comment
    if len(records) != count:
        raise Permanent(
            "bundle.archive-directory", f"The archive's end announces {count} entries; its directory has {len(records)}.", AGAIN
        )
    return tuple(records)


def _name(raw: bytes, flags: int) -> str:
    """Decode a path as unzip does on Linux: UTF-8, whether marked as such or not; else code page 437."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        name = raw.decode("cp437")
        if flags & UTF8:
            raise Permanent("bundle.archive-name-encoding", f"{shown(name)} is marked as UTF-8 and is not.", AGAIN) from error
        return name
