"""Where the entries of a ZIP file lie: every byte belongs to exactly one, and local headers say what the directory says.

Sources: PKWARE APPNOTE 6.3.10, sections 4.3.7 and 4.3.9.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from typing import IO

from aslo_core.bundle.zip_directory import AGAIN, EXTRA_ZIP64, Directory, Record, extra_fields
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_LOCAL = struct.Struct("<4s5H3L2H")
_ZIP64_SIZES = struct.Struct("<QQ")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_SATURATED = 0xFFFFFFFF

_ENCRYPTED = 0x2041  # bits 0, 6 (strong) and 13 (masked headers)
_PATCHED = 0x0020
_DESCRIBED = 0x0008  # sizes follow the data
_MEANT = _ENCRYPTED | _PATCHED | _DESCRIBED | 0x0800

STORED, DEFLATED = 0, 8


def data_offsets(file: IO[bytes], directory: Directory) -> dict[int, int]:
    """Check the layout; return where each entry's data begins: offset of the local header → offset of the data.

    Raises:
        Permanent: `bundle.archive-…`.
    """
    begins: dict[int, int] = {}
    ordered = sorted(directory.records, key=lambda record: record.offset)
    _check_start(ordered[0])
    for record, end in zip(ordered, _ends(ordered, directory.start), strict=True):
        _check_method(record)
        begins[record.offset] = _data_offset(file, record, end)
    return begins


def _ends(ordered: list[Record], directory_start: int) -> Iterator[int]:
    for one, following in itertools.pairwise(ordered):
        if one.offset == following.offset:
            raise _overlap(one, following.name)
        yield following.offset
    yield directory_start


def _check_start(first: Record) -> None:
    if first.offset:
        raise Permanent("bundle.archive-prefixed", f"{first.offset} bytes stand before the archive's first entry.", AGAIN)


def _check_method(record: Record) -> None:
    if record.flags & _ENCRYPTED:
        raise Permanent("bundle.archive-encrypted", f"{shown(record.name)} is encrypted.", AGAIN)
    if record.method not in (STORED, DEFLATED) or record.flags & _PATCHED:
        raise Permanent(
            "bundle.archive-method",
            f"{shown(record.name)} is packed by method {record.method}; only 0 and 8 (deflate) are read.",
            AGAIN,
        )
    if record.method == STORED and record.packed != record.size:
        raise _mismatch(record, f"is stored as it is with {record.size} bytes, of which the archive holds {record.packed}")


def _data_offset(file: IO[bytes], record: Record, end: int) -> int:
    """Check one local header and what follows the data, which must end at `end`."""
    file.seek(record.offset)
    header = file.read(min(_LOCAL.size, max(0, end - record.offset)))
    if len(header) < _LOCAL.size or header[:4] != _LOCAL_SIGNATURE:
        raise Permanent("bundle.archive-local-header", f"{shown(record.name)} has no local header at {record.offset}.", AGAIN)
    _, _, flags, method, _, _, crc, packed, size, of_name, of_extra = _LOCAL.unpack(header)
    begin: int = record.offset + _LOCAL.size + of_name + of_extra
    if begin + record.packed > end:
        raise _overlap(record, "what follows")
    raw, extra = file.read(of_name), file.read(of_extra)
    if raw != record.raw:
        raise _mismatch(record, f"is called {shown(raw.decode('utf-8', 'replace'))} in its local header")
    if method != record.method or (flags ^ record.flags) & _MEANT:
        raise _mismatch(record, "has another method or other flags in its local header")
    zip64 = extra_fields(extra, record.name, raw).get(EXTRA_ZIP64, b"")
    if packed == size == _SATURATED and len(zip64) >= _ZIP64_SIZES.size:
        size, packed = _ZIP64_SIZES.unpack_from(zip64)
    for told, true in zip((crc, packed, size), _sums(record), strict=True):
        # A writer that cannot go back leaves zeros for what it does not know yet.
        if told != true and not (flags & _DESCRIBED and not told):
            raise _mismatch(
                record, f"has checksum and sizes {(crc, packed, size)} in its local header, {_sums(record)} in the directory"
            )
    _check_rest(file, record, begin + record.packed, end)
    return begin


def _check_rest(file: IO[bytes], record: Record, data_end: int, end: int) -> None:
    """What stands between an entry's data and the next entry is its data descriptor or nothing."""
    rest = end - data_end
    if record.flags & _DESCRIBED and rest in (12, 16, 20, 24):
        file.seek(data_end)
        found = file.read(rest)
        short, long = (struct.pack(form, *_sums(record)) for form in ("<3L", "<LQQ"))
        if found not in (short, long, _DESCRIPTOR_SIGNATURE + short, _DESCRIPTOR_SIGNATURE + long):
            raise _mismatch(record, "has other sizes after its data")
    elif rest:
        raise Permanent("bundle.archive-gap", f"After {shown(record.name)} stand {rest} bytes that belong to no entry.", AGAIN)


def _sums(record: Record) -> tuple[int, int, int]:
    return record.crc, record.packed, record.size


def _overlap(record: Record, other: str) -> Permanent:
    return Permanent("bundle.archive-overlap", f"{shown(record.name)} overlaps {shown(other)}.", AGAIN)


def _mismatch(record: Record, what: str) -> Permanent:
    return Permanent("bundle.archive-mismatch", f"{shown(record.name)} {what}.", AGAIN)
