"""The inspection of a bundle: all that is checked before anybody may download it, and all that is learnt on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aslo_core.bundle import activity_info, ini
from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.archive import Archive
from aslo_core.bundle.digest import content_digest
from aslo_core.bundle.icon import Icon, clean_icon
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.linfo import translations
from aslo_core.bundle.paths import check_path
from aslo_core.bundle.screenshots import FoundScreenshot, screenshots
from aslo_core.bundle.source_translations import linfo_of_source
from aslo_core.bundle.toolkit import Toolkit, toolkit
from aslo_core.bundle.tree import Tree
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent, concerning
from aslo_core.plain_text import one_line, shown
from aslo_core.types import Metadata, Translation

_MOST_WARNINGS = 100


@dataclass(frozen=True)
class Inspection:
    """What an inspection found.

    Attributes:
        metadata, content_digest: those of `bundle.inspected`.
        entries: how many files the bundle has.
        screenshots: from the source alone: language, bytes, width and height of each.
        warnings: what should be looked at; `bundle.inspected` has their texts.
    """

    metadata: Metadata
    content_digest: str
    entries: int
    screenshots: tuple[FoundScreenshot, ...]
    warnings: tuple[BundleWarning, ...]


def inspect(bundle: Path, *, tree: Path | None, files: Sequence[str], limits: InspectionLimits) -> Inspection:
    """Inspect a bundle that may be hostile.

    Args:
        bundle: the `.xo`.
        tree: the checked-out source that it was released with, for screenshots, translations that the bundle has not, and a
            surer answer about the toolkit; None without one.
        files: paths of the source's tracked files.
        limits: how much of everything it may have.

    Raises:
        Permanent: `bundle.…`: the rule that is broken, what was found, and what its developer can do.
    """
    with Archive.open(bundle, limits) as archive:
        digests = list(archive.digests())
        info = ActivityInfo.parse(archive.read(activity_info.FILE, ini.LARGEST))
        icon = _icon(archive, info, limits)
        made = linfo_of_source(info, archive.names, tree, files) if tree else {}

        def read(name: str, limit: int, option: str) -> bytes:
            return made[name] if name in made else archive.read(name, limit, option)

        translated, linfo_warnings = translations(info, (*archive.names, *made), read, limits)
        kit = _toolkit(info, archive, tree, files)
    pictures, picture_warnings = screenshots(tree, files, limits) if tree else ((), ())
    doubles = [
        BundleWarning("bundle.archive-double", f"{shown(name)} stands twice in the bundle, with the same content.", name)
        for name in archive.doubles
    ]
    icon_warnings = [BundleWarning("bundle.icon-reduced", text, info.icon_file) for text in icon.warnings]
    return Inspection(
        metadata=_metadata(info, icon, kit, translated),
        content_digest=content_digest(digests),
        entries=len(digests),
        screenshots=pictures,
        warnings=_bounded((*doubles, *info.warnings, *icon_warnings, *linfo_warnings, *picture_warnings)),
    )


def _icon(archive: Archive, info: ActivityInfo, limits: InspectionLimits) -> Icon:
    name = info.icon_file
    if not info.icon:
        cure = "Write `icon = name` and add activity/name.svg."
        raise Permanent("bundle.icon-missing", "activity.info names no icon.", cure, file=activity_info.FILE)
    if name not in archive.names:
        raise Permanent(
            "bundle.icon-missing",
            f"activity.info names the icon {shown(info.icon)}, but the bundle has no {shown(name)}.",
            "Add the file, or correct the name; it is written without .svg.",
            file=activity_info.FILE,
        )
    with concerning(name):
        return clean_icon(archive.read(name, limits.icon_bytes, "[bundle] icon_kib"), limits.icon_bytes)


def _toolkit(info: ActivityInfo, archive: Archive, tree: Path | None, files: Sequence[str]) -> Toolkit:
    if tree is None:
        return toolkit(info, archive.names, archive.read_start)
    with Tree(tree) as opened:

        def read(name: str, most: int) -> bytes:
            # A file that may not be opened tells nothing of the toolkit; whether the source may have it is asked elsewhere.
            with contextlib.suppress(Permanent):
                check_path(name)
                with opened.open(name) as file:
                    return file.content.read(most)
            return b""

        return toolkit(info, files, read)


def _bounded(warnings: tuple[BundleWarning, ...]) -> tuple[BundleWarning, ...]:
    if len(warnings) <= _MOST_WARNINGS:
        return warnings
    more = BundleWarning("bundle.warnings-cut", f"There are {len(warnings) - _MOST_WARNINGS} more warnings.")
    return (*warnings[:_MOST_WARNINGS], more)


def _metadata(info: ActivityInfo, icon: Icon, kit: Toolkit, translated: tuple[Translation, ...]) -> Metadata:
    return Metadata(
        bundle_id=info.bundle_id,
        name=one_line(info.name),
        version=str(info.version),
        toolkit=kit.name,
        min_sugar=kit.min_sugar,
        icon=icon.svg,
        file_name=info.file_name,
        summary=one_line(info.summary),
        description=info.description,
        license=info.license,
        url=info.url,
        repository=info.repository,
        tags=info.tags,
        categories=info.categories,
        mime_types=info.mime_types,
        max_participants=info.max_participants,
        single_instance=info.single_instance,
        translations=translated,
    )
