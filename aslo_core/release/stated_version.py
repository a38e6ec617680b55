"""Which version a tag or a file's name states. Pure.

Only what surely stands for the activity's own version counts: `v29`, `Maze-29`, `release-29`, `debian/30-0_quozl2`. Of what may
mean something else (`HEAD.gtk3`, `sugar-0.96`, `2026-11-22`, `v30-1`) nobody knows, and it states none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from aslo_core.bundle.versions import LONGEST, Version

_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
# A suffix begins with a letter: after digits, nobody knows whether they count.
_ENDS_WITH_VERSION = re.compile(
    rf"(?:(?P<name>.*)[-_ ])?[vV]?(?P<numbers>{_NUMBER}(?:\.{_NUMBER})*)(?:[-~_+.][A-Za-z][\w.+~-]*)?", re.DOTALL
)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])")
# https://dep-team.pages.debian.net/deps/dep14/: <vendor>/<version>, with an epoch that ends in "%" and a revision.
_DEBIAN = re.compile(r"(?:\d+%)?(?P<version>.+?)(?:-[^-]+)?")
_VENDORS = frozenset({"debian", "ubuntu"})
_WORDS = frozenset({"v", "ver", "version", "rel", "release", "releases", "tag", "tags", "upstream"})

Fits = Callable[[str], bool]
"""Whether a name before a version is the activity's own."""


def own_names(names: Iterable[str]) -> Fits:
    """Make what tells an activity's own names, however they are written: `Maze`, `maze-activity` and `MAZE` are one."""
    known = {_bare(name) for name in names}
    return lambda name: _bare(name) in known


def any_name(name: str) -> bool:
    """Take every name for the activity's own: where files are told apart by their versions alone."""
    del name
    return True


def version_of_tag(tag: str, fits: Fits) -> Version | None:
    """Tell which version a tag states, or None.

    Args:
        tag: the tag's name.
        fits: tells the names that may stand before the version.
    """
    *folders, last = tag.split("/")

    def before(name: str) -> bool:
        return name.casefold() in _WORDS or fits(name)

    if folders and folders[-1].casefold() in _VENDORS:
        *folders, _ = folders
        debian = _DEBIAN.fullmatch(last)
        last = debian["version"] if debian else last
    return _version(last, before) if all(map(before, folders)) else None


def version_of_file(name: str, fits: Fits) -> Version | None:
    """Tell which version a bundle's file name states, `<Name>-<version>.xo`, or None.

    Args:
        name: the file's name.
        fits: tells the names that may stand before the version; one has to stand there.
    """
    stem = name[: -len(".xo")] if name.lower().endswith(".xo") else name
    return _version(stem, fits, named=True)


def _version(text: str, fits: Fits, *, named: bool = False) -> Version | None:
    found = _ENDS_WITH_VERSION.fullmatch(text)
    if found is None or len(found["numbers"]) > LONGEST or _DATE.fullmatch(found["numbers"]):
        return None
    name = found["name"]
    return Version.parse(found["numbers"]) if (fits(name) if name is not None else not named) else None


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold()).removesuffix("activity")
