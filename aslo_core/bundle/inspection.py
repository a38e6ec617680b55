"""The inspection of a bundle: all that is checked before anybody may download it, and all that is learnt on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from aslo_core.bundle import activity_info, ini
from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.archive import Archive
from aslo_core.bundle.catalogues import catalogue_warnings
from aslo_core.bundle.digest import content_digest
from aslo_core.bundle.icon import Icon, clean_icon
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.linfo import FoundTranslation, translations
from aslo_core.bundle.raster import IconPicture, pictures
from aslo_core.bundle.screenshots import FoundScreenshot, screenshots
from aslo_core.bundle.source_files import SourceFiles
from aslo_core.bundle.source_translations import linfo_of_source
from aslo_core.bundle.toolkit import toolkit
from aslo_core.bundle.warning import BundleWarning, bounded
from aslo_core.errors import Permanent, concerning
from aslo_core.plain_text import one_line, shown


@dataclass(frozen=True)
class Description:
    """What a bundle says of itself, and what was found in it: field by field `aslo_core.types.Metadata`, which explains them.

    That one is an event's part; this one is made where only the standard library is.
    """

    bundle_id: str
    name: str
    version: str
    toolkit: str
    min_sugar: str
    icon: str
    file_name: str
    summary: str
    description: str
    license: str
    url: str
    repository: str
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    mime_types: tuple[str, ...]
    max_participants: int
    single_instance: bool
    translations: tuple[FoundTranslation, ...]


@dataclass(frozen=True)
class Inspection:
    """What an inspection found.

    Attributes:
        metadata: what the bundle says of itself.
        content_digest: as `bundle.inspected` has it.
        entries: how many files the bundle has.
        icons: the icon as pictures.
        screenshots: from the source alone.
        warnings: what should be looked at; `bundle.inspected` has their texts.
    """

    metadata: Description
    content_digest: str
    entries: int
    icons: tuple[IconPicture, ...]
    screenshots: tuple[FoundScreenshot, ...]
    warnings: tuple[BundleWarning, ...]


def inspect(bundle: IO[bytes], source: SourceFiles | None, limits: InspectionLimits) -> Inspection:
    """Inspect a bundle that may be hostile.

    Args:
        bundle: the `.xo`.
        source: what it was released with, for screenshots, translations that the bundle has not, and a surer answer about the
            toolkit; None without one.
        limits: how much of everything it may have.

    Raises:
        Permanent: `bundle.…`: the rule that is broken, what was found, and what its developer can do.
    """
    archive = Archive.checked(bundle, limits)
    digests = list(archive.digests())
    info = ActivityInfo.parse(archive.read(activity_info.FILE, ini.LARGEST, rule="bundle.info-too-large"))
    icon = _icon(archive, info, limits)
    made = linfo_of_source(info, archive.names, source) if source else {}

    def read(name: str, limit: int, option: str) -> bytes:
        return made[name] if name in made else archive.read(name, limit, option)

    translated, linfo_warnings = translations(info, (*archive.names, *made), read, limits)
    mo_warnings = catalogue_warnings(archive.names, archive.read, limits)
    kit = toolkit(info, source or SourceFiles(archive.names, archive.read_start))
    icons, drawing_warnings = pictures(icon.svg, info.icon_file)
    shots, shot_warnings = screenshots(source, limits) if source else ((), ())
    doubles = [
        BundleWarning("bundle.archive-double", f"{shown(name)} stands twice in the bundle, with the same content.", name)
        for name in archive.doubles
    ]
    reduced = [BundleWarning("bundle.icon-reduced", text, info.icon_file) for text in icon.warnings]
    metadata = Description(
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
    warnings = (*doubles, *info.warnings, *reduced, *drawing_warnings, *linfo_warnings, *mo_warnings, *shot_warnings)
    return Inspection(
        metadata=metadata,
        content_digest=content_digest(digests),
        entries=len(digests),
        icons=icons,
        screenshots=shots,
        warnings=bounded(warnings),
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
        data = archive.read(name, limits.icon_bytes, "[bundle] icon_kib", "bundle.icon-too-large")
        return clean_icon(data, limits.icon_bytes)
