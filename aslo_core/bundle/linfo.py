"""`locale/<language>/activity.linfo`: an activity's name and summary in other languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aslo_core.bundle import ini
from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.languages import language
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import one_line, shown

_LONGEST_NAME = 150
_LONGEST_SUMMARY = 2_000


class FoundTranslation(NamedTuple):
    """Name and summary in one language, as `aslo_core.types.Translation` has them."""

    language: str
    name: str
    summary: str


def translations(
    info: ActivityInfo, names: Sequence[str], read: Callable[[str, int, str], bytes], limits: InspectionLimits
) -> tuple[tuple[FoundTranslation, ...], tuple[BundleWarning, ...]]:
    """Read all translations of a bundle; what cannot be read is left out.

    Args:
        info: what they translate.
        names: paths of the bundle's files below its root.
        read: returns the bytes of the named file, at most as many as given by the option named last.
        limits: how many languages are kept, and how large their files may be.

    Returns:
        The translations, sorted by language, and a warning for each one that was left out.
    """
    found: dict[str, FoundTranslation] = {}
    looked_at: set[str] = set()
    warnings: list[BundleWarning] = []

    def leave_out(name: str, rule: str, why: str) -> None:
        warnings.append(BundleWarning(rule, f"{shown(name)} is left out: {why}", name))

    for name in sorted(names):
        match name.split("/"):
            case ["locale", directory, "activity.linfo"]:
                pass
            case _:
                continue
        tag = language(directory)
        if not tag:
            leave_out(name, "bundle.linfo-language", f"{shown(directory)} is no language such as es or pt_BR.")
            continue
        if tag in looked_at:
            leave_out(name, "bundle.linfo-surplus", "its language is there already.")
            continue
        if len(looked_at) >= limits.linfo_languages:
            leave_out(name, "bundle.linfo-surplus", f"there are more than {limits.linfo_languages} ([bundle] languages).")
            continue
        looked_at.add(tag)
        try:
            data = read(name, limits.linfo_bytes, "[bundle] linfo_kib")
            section = ini.read_section(data, name, ("name", "summary"))
        except Permanent as error:
            leave_out(name, "bundle.linfo-unreadable", error.found)
            continue
        warnings += section.warnings
        translation = _translation(tag, info, section)
        if len(translation.name) > _LONGEST_NAME or len(translation.summary) > _LONGEST_SUMMARY:
            why = f"Its name or summary is longer than {_LONGEST_NAME} or {_LONGEST_SUMMARY} characters."
            leave_out(name, "bundle.linfo-too-long", why)
        else:
            found[tag] = translation
    return tuple(found[tag] for tag in sorted(found)), tuple(warnings)


def _translation(tag: str, info: ActivityInfo, section: ini.Section) -> FoundTranslation:
    name = one_line(section.values.get("name", ""))
    # Where there is no summary, Sugar's builder writes the header of the translations' file in its place.
    summary = one_line(section.values.get("summary", "")) if info.summary else ""
    return FoundTranslation(
        language=tag,
        name="" if name == one_line(info.name) else name,
        summary="" if summary == one_line(info.summary) else summary,
    )
