"""`locale/<language>/activity.linfo`: an activity's name and summary in other languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aslo_core.bundle import ini
from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.languages import language
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.errors import Permanent
from aslo_core.plain_text import one_line, shown
from aslo_core.types import Translation

_LONGEST_NAME = 150
_LONGEST_SUMMARY = 2_000


def translations(
    info: ActivityInfo, names: Sequence[str], read: Callable[[str, int], bytes], limits: InspectionLimits
) -> tuple[tuple[Translation, ...], tuple[str, ...]]:
    """Read all translations of a bundle; what cannot be read is left out.

    Args:
        info: what they translate.
        names: paths of the bundle's files below its root.
        read: returns the bytes of the named file, at most as many as given.
        limits: how many languages are kept, and how large their files may be.

    Returns:
        The translations, sorted by language, and a warning for each one that was left out.
    """
    found: dict[str, Translation] = {}
    warnings: list[str] = []
    for name in sorted(names):
        match name.split("/"):
            case ["locale", directory, "activity.linfo"]:
                pass
            case _:
                continue
        tag = language(directory)
        if not tag:
            warnings.append(f"{shown(name)} is left out: {shown(directory)} is no language such as es or pt_BR.")
        elif tag in found or len(found) >= limits.linfo_languages:
            warnings.append(f"{shown(name)} is left out: its language is there already, or there are too many.")
        else:
            try:
                found[tag] = _translation(tag, info, read(name, limits.linfo_bytes), name, warnings)
            except Permanent as error:
                warnings.append(f"{shown(name)} is left out: {error.found}")
    return tuple(found[tag] for tag in sorted(found)), tuple(warnings)


def _translation(tag: str, info: ActivityInfo, data: bytes, file: str, warnings: list[str]) -> Translation:
    section = ini.read_section(data, file, ("name", "summary"))
    warnings += section.warnings
    name = one_line(section.values.get("name", ""))
    # Where there is no summary, Sugar's builder writes the header of the translations' file in its place.
    summary = one_line(section.values.get("summary", "")) if info.summary else ""
    if len(name) > _LONGEST_NAME or len(summary) > _LONGEST_SUMMARY:
        raise Permanent(
            "bundle.linfo-too-long",
            f"Its name or summary is longer than {_LONGEST_NAME} or {_LONGEST_SUMMARY} characters.",
            "Shorten the translation.",
        )
    return Translation(
        language=tag,
        name="" if name == one_line(info.name) else name,
        summary="" if summary == one_line(info.summary) else summary,
    )
