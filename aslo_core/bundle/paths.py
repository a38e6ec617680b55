"""Paths of files in a source: which are safe, and which go into a bundle."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from aslo_core.errors import Permanent
from aslo_core.source_limits import MAX_PATH_PARTS

_UNPACKED_FOLDERS = ("dist/", ".git/", "screenshots/")
_UNPACKED_FILES = (".gitignore", "MANIFEST", "*.pyc", "*~", "*.bak", "pseudo.po")
_UNSAFE_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST = 1024


def check_path(path: str) -> None:
    """Refuse a path that could lead out of the source, that no archive could carry, or that lies too deep.

    Raises:
        Permanent: `source.path-unsafe` or `source.path-too-long`.
    """
    parts = path.split("/")
    unsafe = _UNSAFE_CHARACTERS.search(path) or len(path) > _LONGEST
    if unsafe or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise Permanent(
            "source.path-unsafe",
            f"The source has a file named {path[:200]!a}.",
            f"Give it a relative name in UTF-8, without control characters, of at most {_LONGEST} characters.",
        )
    if len(parts) > MAX_PATH_PARTS:
        raise Permanent(
            "source.path-too-long",
            f"The path {path[:80]!a}… has {len(parts)} names.",
            f"Keep paths within {MAX_PATH_PARTS} names of folders and file.",
        )


def is_packed(path: str) -> bool:
    """Whether a tracked file goes into the bundle.

    The rule is that of Sugar's own builder (`sugar3.activity.bundlebuilder`, `get_files_in_git`): the folders are those at the
    top only, and the patterns are matched against the whole path, in which `*` also matches `/`. So `po/pseudo.po` and
    `lib/.gitignore` are packed, and `lib/old.bak` is not.
    """
    if path.startswith(_UNPACKED_FOLDERS):
        return False
    return not any(fnmatchcase(path, pattern) for pattern in _UNPACKED_FILES)


def language_of(path: str) -> str:
    """Language that a file translates into, as Sugar's builder tells it (`po/pt_BR.po` → `pt_BR`), or empty for other files."""
    folder, _, name = path.rpartition("/")
    language = name.removesuffix(".po")
    if folder != "po" or name in (language, "pseudo.po") or language.startswith("."):
        return ""
    return "" if f"{language}/" in _UNPACKED_FOLDERS else language
