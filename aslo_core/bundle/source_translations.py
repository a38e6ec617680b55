"""Name and summary in languages that a bundle has not, from `po/` of the source that it was released with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.languages import language
from aslo_core.bundle.paths import language_of
from aslo_core.bundle.po import MAX_BYTES
from aslo_core.bundle.po_tokens import PoError
from aslo_core.bundle.source_files import SourceFiles, is_translation
from aslo_core.bundle.translations import compile_translation


def linfo_of_source(info: ActivityInfo, names: Iterable[str], source: SourceFiles) -> Mapping[str, bytes]:
    """Make each `locale/<language>/activity.linfo` that a build of the source would have made, and the bundle has not.

    A translation that no program can read is left out: whoever packs the source warns of it.

    Args:
        info: what is translated.
        names: paths of the bundle's files below its root.
        source: its files.

    Returns:
        The bytes of each, by its path in a bundle.
    """
    there = {language(name.split("/")[1]) for name in names if name.startswith("locale/") and name.endswith("/activity.linfo")}
    made: dict[str, bytes] = {}
    for path in sorted(filter(is_translation, source.names)):
        tag = language(language_of(path))
        if not tag or tag in there:
            continue
        with contextlib.suppress(PoError, UnicodeEncodeError):
            translated = compile_translation(source.read(path, MAX_BYTES + 1))
            made[f"locale/{tag}/activity.linfo"] = translated.info(info.name, info.summary)
    return made
