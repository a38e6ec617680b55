"""The paths in a bundle: one root directory, nothing outside it, nothing that a file system could take for something else."""

from __future__ import annotations

import itertools
import re
import stat
import unicodedata
from collections.abc import Sequence

from aslo_core.bundle.zip_directory import AGAIN, UTF8, Record, check_mode
from aslo_core.errors import Permanent
from aslo_core.plain_text import plain, shown

MIMETYPE = "mimetype"
"""The one entry that may stand outside the root, if it is the first."""

ROOT_ENDS = ".activity"

# unzip takes the version that VMS writes off a file's name, on every system.
_VMS_VERSION = re.compile(r";[0-9]*\Z")
# On these (APPNOTE 4.4.2: MS-DOS, HPFS, NTFS), unzip takes what is not marked as UTF-8 for code page 437, and writes it in
# Latin-1: some letters become ASCII's.
_OEM_HOSTS = frozenset({0, 6, 11})
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_PART = 255


def check_entry(record: Record) -> None:
    """Refuse an entry whose path or kind is dangerous.

    Raises:
        Permanent: `bundle.archive-name-…`, `bundle.archive-link`, `bundle.archive-device` or `bundle.archive-directory-entry`.
    """
    name = record.name
    parts = name.removesuffix("/").split("/")
    if plain(name) != name or "\t" in name or "\n" in name:
        raise _refused("control", name, "has control characters or text direction overrides")
    if _VMS_VERSION.search(name):
        raise _refused("version", name, "ends with a version as VMS writes it, which unzip takes off")
    if b"\xff" in record.raw or (record.host in _OEM_HOSTS and not record.flags & UTF8 and not record.raw.isascii()):
        raise _refused("encoding", name, "has letters that are not marked as UTF-8, of which unzip makes others")
    if "\\" in name:
        raise _refused("backslash", name, "has a backslash")
    if name.startswith("/"):
        raise _refused("absolute", name, "is absolute")
    if _DRIVE.match(name):
        raise _refused("drive", name, "begins with a drive")
    if ".." in parts:
        raise _refused("parent", name, "leaves its directory")
    if "" in parts or "." in parts:
        raise _refused("part", name, "has an empty part, or a dot for one")
    if any(len(part.encode()) > _LONGEST_PART for part in parts):
        raise _refused("long", name, f"has a part of more than {_LONGEST_PART} bytes")
    _check_kind(record)


def _check_kind(record: Record) -> None:
    is_directory = record.name.endswith("/")
    check_mode(record.mode, record.name)
    if (stat.S_ISDIR(record.mode) and not is_directory) or (is_directory and record.size):
        raise Permanent("bundle.archive-directory-entry", f"{shown(record.name)} is half file, half directory.", AGAIN)


def check_clashes(records: Sequence[Record]) -> None:
    """Refuse paths that would overwrite one another on some file system. The very same path twice is looked at elsewhere.

    Raises:
        Permanent: `bundle.archive-unicode-clash`, `bundle.archive-case-clash` or `bundle.archive-file-as-directory`.
    """
    seen: dict[str, Record] = {}
    for record in records:
        path = record.name.removesuffix("/")
        other = seen.setdefault(_folded(path), record)
        if other.name.removesuffix("/") != path:
            raise _clash(other.name, record.name)
        if other.name != record.name:
            raise _file_as_directory(path)
    # With the slash sorted before everything else, what lies in a directory follows it at once.
    for one, following in itertools.pairwise(sorted(seen, key=lambda path: path.replace("/", "\0"))):
        if following.startswith(one + "/") and not seen[one].name.endswith("/"):
            raise _file_as_directory(seen[one].name)


def find_root(records: Sequence[Record]) -> str:
    """Find the one root directory `Name.activity`.

    Raises:
        Permanent: `bundle.root-missing` or `bundle.root-several`.
    """
    inside = [record.name for record in records[records[0].name == MIMETYPE :]]
    roots = list(dict.fromkeys(name.split("/")[0] for name in inside))
    if len(roots) > 1:
        raise Permanent(
            "bundle.root-several",
            f"The bundle has {len(roots)} entries at its top: {', '.join(shown(root) for root in roots[:4])}.",
            f"Put everything into one directory whose name ends with {ROOT_ENDS}.",
        )
    name = roots[0] if roots else ""
    if not name.endswith(ROOT_ENDS) or name.startswith(".") or name in inside:
        raise Permanent(
            "bundle.root-missing",
            f"The bundle's top is {shown(name)}, which is no directory {shown('Name' + ROOT_ENDS)}.",
            f"Put everything into one directory whose name ends with {ROOT_ENDS} and does not begin with a dot.",
        )
    return name


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _clash(one: str, other: str) -> Permanent:
    unicode = unicodedata.normalize("NFC", one.removesuffix("/")) == unicodedata.normalize("NFC", other.removesuffix("/"))
    return Permanent(
        f"bundle.archive-{'unicode' if unicode else 'case'}-clash",
        f"{shown(one)} and {shown(other)} are one file where {'Unicode is normalised' if unicode else 'case does not count'}.",
        "Rename one of them.",
    )


def _file_as_directory(path: str) -> Permanent:
    return Permanent("bundle.archive-file-as-directory", f"{shown(path)} is a file and a directory.", AGAIN)


def _refused(what: str, name: str, why: str) -> Permanent:
    return Permanent(
        f"bundle.archive-name-{what}", f"The path {shown(name)} {why}.", "Rename it in the source, or make the bundle again."
    )
