"""Reads a `.xo` that may be hostile. Nothing is unpacked to disk; bytes are counted as they are inflated, since headers lie."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Self

from aslo_core.bundle import activity_info
from aslo_core.bundle.entry_names import check_clashes, check_entry, find_root
from aslo_core.bundle.limits import MIB, InspectionLimits
from aslo_core.bundle.zip_directory import AGAIN, Record, read_directory, too_much
from aslo_core.bundle.zip_layout import STORED, data_offsets
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_CHUNK = 64 * 1024
_RATIO_FROM = 8 * MIB


class Archive:
    """A bundle whose directory, layout and names were checked. Its data is checked as it is read.

    Made by `checked`.

    Attributes:
        root: name of the one root directory, for example `Browse.activity`.
        names: paths of the files below the root, for example `activity/activity.info`, in the archive's order.
        doubles: those that stand twice, as in some bundles of Sugar's own builder; `digests` checks that they are the same.
    """

    def __init__(self, file: IO[bytes], root: str, records: Sequence[Record], offsets: Mapping[int, int]) -> None:
        self._file = file
        self._records = records
        self._offsets = offsets
        inside = [(record.name.removeprefix(f"{root}/"), record) for record in records if _is_file_in(record, root)]
        count = Counter(name for name, _ in inside)
        self._by_name = dict(inside)
        self.root = root
        self.names = tuple(count)
        self.doubles = tuple(name for name, times in count.items() if times > 1)

    @classmethod
    def checked(cls, file: IO[bytes], limits: InspectionLimits) -> Self:
        """Check all of a bundle that can be checked without inflating.

        Args:
            file: the `.xo`, seekable; it has to stay open as long as the archive is read.
            limits: how much of everything it may have.

        Raises:
            Permanent: `bundle.archive-…`, `bundle.root-…`, `bundle.info-missing` or `bundle.info-several`.
        """
        size = file.seek(0, os.SEEK_END)
        directory = read_directory(file, size, limits)
        for record in directory.records:
            check_entry(record)
        check_clashes(directory.records)
        _check_sizes(directory.records, size, limits)
        archive = cls(file, find_root(directory.records), directory.records, data_offsets(file, directory))
        archive._check_info()
        return archive

    def is_executable(self, name: str) -> bool:
        """Whether the archive says that its owner may execute a file; `name` is one of `names`."""
        return bool(self._by_name[name].mode & stat.S_IXUSR)

    def read(self, name: str, limit: int, option: str = "", rule: str = "bundle.file-too-large") -> bytes:
        """Return the bytes of one file.

        Args:
            name: its path below the root; one of `names`.
            limit: bytes that it may have.
            option: what this limit is called in `aslo.toml`, where it is an option.
            rule: the one that is broken by more.

        Raises:
            KeyError: there is no such file.
            Permanent: that rule, or `bundle.archive-…` for damaged data.
        """
        record = self._by_name[name]
        if record.size > limit:
            which = f"{limit} ({option})" if option else limit
            raise Permanent(rule, f"{shown(name)} has {record.size} bytes; the limit is {which}.", "Make it smaller.")
        return b"".join(self._inflated(record))

    def read_start(self, name: str, most: int) -> bytes:
        """Return the first bytes of one file, at most as many as given. Its checksum is `digests`' business.

        Raises:
            KeyError: there is no such file.
            Permanent: `bundle.archive-…` for damaged data.
        """
        start = bytearray()
        for chunk in self._inflated(self._by_name[name]):
            start += chunk[: most - len(start)]
            if len(start) == most:
                break
        return bytes(start)

    def digests(self) -> Iterator[tuple[str, str]]:
        """Inflate everything once, with sizes and checksums checked; yield every file's path with the root, and its SHA-256.

        A file that stands twice with the same content comes once.

        Raises:
            Permanent: `bundle.archive-duplicate`, or `-data`, `-size-lie`, `-checksum` for damaged data.
        """
        seen: dict[str, str] = {}
        for record in self._records:
            digest = hashlib.sha256()
            for chunk in self._inflated(record):
                digest.update(chunk)
            if record.name.endswith("/"):
                continue
            if record.name not in seen:
                seen[record.name] = digest.hexdigest()
                yield record.name, seen[record.name]
            elif seen[record.name] != digest.hexdigest():
                raise Permanent(
                    "bundle.archive-duplicate",
                    f"{shown(record.name)} stands twice, with different content.",
                    "Keep one. The directory locale is made by the build: where the source has one too, remove it there.",
                )

    def _check_info(self) -> None:
        info = activity_info.FILE
        if info not in self._by_name:
            raise Permanent(
                "bundle.info-missing",
                f"The bundle has no {shown(f'{self.root}/{info}')}.",
                f"Put {info} into the bundle's directory.",
                file=info,
            )
        if info in self.doubles:
            raise Permanent("bundle.info-several", f"The bundle has {info} more than once.", AGAIN, file=info)

    def _inflated(self, record: Record) -> Iterator[bytes]:
        """Yield an entry's bytes, never more than it announces.

        Raises:
            Permanent: `bundle.archive-data`, `bundle.archive-size-lie` or `bundle.archive-checksum`.
        """
        packed = self._packed(record)
        size = checksum = 0
        for chunk in packed if record.method == STORED else _deflated(packed, record):
            size += len(chunk)
            if size > record.size:
                break
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        if size != record.size:
            compared = "more than" if size > record.size else f"{size} instead of"
            raise Permanent(
                "bundle.archive-size-lie",
                f"{shown(record.name)} has {compared} the {record.size} bytes that it announces.",
                AGAIN,
            )
        if checksum != record.crc:
            raise Permanent("bundle.archive-checksum", f"{shown(record.name)} is damaged: its checksum differs.", AGAIN)

    def _packed(self, record: Record) -> Iterator[bytes]:
        at, end = self._offsets[record.offset], self._offsets[record.offset] + record.packed
        while at < end:
            # Others may read from the same file in between.
            self._file.seek(at)
            chunk = self._file.read(min(_CHUNK, end - at))
            if not chunk:
                raise Permanent("bundle.archive-data", f"{shown(record.name)} ends before its data does.", AGAIN)
            at += len(chunk)
            yield chunk


def _is_file_in(record: Record, root: str) -> bool:
    return record.name.startswith(f"{root}/") and not record.name.endswith("/")


def _check_sizes(records: Sequence[Record], size: int, limits: InspectionLimits) -> None:
    """Check what the directory announces; that no entry has more is counted while it is inflated."""
    largest = max(records, key=lambda record: record.size)
    if largest.size > limits.entry_bytes:
        what = f"bytes in {shown(largest.name)}"
        raise too_much("bundle.archive-entry-size", what, largest.size, limits.entry_bytes, "[bundle] file_mib")
    total = sum(record.size for record in records)
    if total > limits.inflated_bytes:
        what = "bytes once inflated"
        raise too_much("bundle.archive-inflated-size", what, total, limits.inflated_bytes, "[bundle] inflated_mib")
    if total > max(_RATIO_FROM, limits.ratio * size):
        what = f"bytes once inflated, {total // size} times its own size"
        option = f"[bundle] ratio, {limits.ratio} times"
        raise too_much("bundle.archive-ratio", what, total, limits.ratio * size, option)


def _deflated(packed: Iterator[bytes], record: Record) -> Iterator[bytes]:
    """Inflate in bounded chunks; the stream has to end exactly where its bytes end."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in packed:
            todo = chunk
            while todo and not inflater.eof:
                inflated = inflater.decompress(todo, _CHUNK)
                todo = inflater.unconsumed_tail
                yield inflated
            if inflater.eof and (todo or inflater.unused_data):
                raise Permanent("bundle.archive-data", f"{shown(record.name)} has bytes after the end of its data.", AGAIN)
        while not inflater.eof and (inflated := inflater.decompress(inflater.unconsumed_tail, _CHUNK)):
            yield inflated
    except zlib.error as error:
        raise Permanent("bundle.archive-data", f"{shown(record.name)} is damaged: {error}.", AGAIN) from error
    if not inflater.eof:
        raise Permanent("bundle.archive-data", f"{shown(record.name)} ends before its data does.", AGAIN)
