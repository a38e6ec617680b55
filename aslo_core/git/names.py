"""Which names of tags, commits and files are accepted. Pure."""

from __future__ import annotations

import re
import unicodedata

from aslo_core.errors import Permanent
from aslo_core.source_limits import MAX_PATH_PARTS

MAX_TAG_BYTES = 255
MAX_PATH_BYTES = 1024
MAX_COMPONENT_BYTES = 255

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# git-check-ref-format(1), without its rules on components, which follow in code.
_FORBIDDEN_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")
# Git's own list of names that some file system takes for `.git`: is_ntfs_dotgit and is_hfs_dotgit in its path.c and utf8.c.
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def check_tag(tag: str) -> None:
    """Refuse what git would not take as the name of a tag, and what a command line could take for an option.

    Raises:
        Permanent: rule `source.tag-malformed`.
    """
    fault = _tag_fault(tag)
    if fault:
        raise Permanent("source.tag-malformed", f"The tag {tag[:80]!r} {fault}.", "Use a tag like `v1`.")


def _tag_fault(tag: str) -> str:
    parts = tag.split("/")
    if not tag or not all(parts):
        return "is empty or has an empty part between slashes"
    if tag.startswith("-"):
        return "begins with a hyphen"
    if not tag.isprintable() or _FORBIDDEN_IN_REF.search(tag):
        return "has a character that git forbids in tags"
    if tag.endswith(".") or any(part.startswith(".") or part.endswith(".lock") for part in parts):
        return "has a part that begins or ends with what git forbids there"
    if len(tag.encode()) > MAX_TAG_BYTES:
        return f"is longer than {MAX_TAG_BYTES} bytes"
    return ""


def check_commit(commit: str) -> None:
    """Refuse what is not the full lower-case hexadecimal name of a commit.

    Raises:
        Permanent: rule `source.commit-malformed`.
    """
    if not _COMMIT.fullmatch(commit):
        raise Permanent(
            "source.commit-malformed",
            f"{commit[:80]!r} is not the full name of a commit.",
            "Give all 40 (or 64) hexadecimal digits.",
        )


def check_path(raw: bytes) -> str:
    """Decode the path of a tracked file, if it is safe to create on any file system and to show on any page.

    Args:
        raw: the path as git stores it.

    Returns:
        The path, relative, `/`-separated.

    Raises:
        Permanent: rule `source.path-unsafe` or `source.path-too-long`.
    """
    try:
        path = raw.decode()
    except UnicodeDecodeError:
        raise _unsafe(raw, "is not UTF-8") from None
    parts = path.split("/")
    if path.startswith("/"):
        raise _unsafe(raw, "is absolute")
    if any(unicodedata.category(character) == "Cc" for character in path):
        raise _unsafe(raw, "has a control character")
    if "\\" in path:
        raise _unsafe(raw, "has a backslash")
    if not all(parts) or "." in parts or ".." in parts:
        raise _unsafe(raw, "has an empty part, `.` or `..`")
    if any(_means_dot_git(part) for part in parts):
        raise _unsafe(raw, "would write into `.git`")
    too_long = len(raw) > MAX_PATH_BYTES or any(len(part.encode()) > MAX_COMPONENT_BYTES for part in parts)
    if too_long or len(parts) > MAX_PATH_PARTS:
        raise Permanent(
            "source.path-too-long",
            f"The path {path[:80]!r}… has {len(raw)} bytes and {len(parts)} names.",
            f"Keep paths within {MAX_PATH_BYTES} bytes and {MAX_PATH_PARTS} names, each within {MAX_COMPONENT_BYTES} bytes.",
        )
    return path


def _means_dot_git(part: str) -> bool:
    plain = _IGNORED_BY_HFS.sub("", part).casefold().split(":", 1)[0].rstrip(" .")
    return plain in (".git", "git~1")


def _unsafe(raw: bytes, why: str) -> Permanent:
    return Permanent("source.path-unsafe", f"The tracked path {raw[:120]!r} {why}.", "Rename the file and release again.")
