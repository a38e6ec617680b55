"""Name and summary in languages that a bundle has not, from `po/` of the source that it was released with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.languages import language
from aslo_core.bundle.paths import check_path, language_of
from aslo_core.bundle.po import MAX_BYTES
from aslo_core.bundle.po_tokens import PoError
from aslo_core.bundle.translations import compile_translation
from aslo_core.bundle.tree import Tree
from aslo_core.errors import Permanent


def linfo_of_source(info: ActivityInfo, names: Iterable[str], tree: Path, files: Sequence[str]) -> Mapping[str, bytes]:
    """Make each `locale/<language>/activity.linfo` that a build of the source would have made, and the bundle has not.

    A translation that no program can read is left out: whoever packs the source warns of it.

    Args:
        info: what is translated.
        names: paths of the bundle's files below its root.
        tree: the checked-out source.
        files: paths of its tracked files.

    Returns:
        The bytes of each, by its path in a bundle.
    """
    there = {language(name.split("/")[1]) for name in names if name.startswith("locale/") and name.endswith("/activity.linfo")}
    made: dict[str, bytes] = {}
    with Tree(tree) as opened:
        for path in sorted(files):
            tag = language(language_of(path))
            if not tag or tag in there:
                continue
            with contextlib.suppress(Permanent, PoError, UnicodeEncodeError):
                check_path(path)
                with opened.open(path) as file:
                    data = file.content.read(MAX_BYTES + 1)
                made[f"locale/{tag}/activity.linfo"] = compile_translation(data).info(info.name, info.summary)
    return made
