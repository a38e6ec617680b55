"""Whether tag, attached file and `activity_version` agree, as far as the developer stated a version in them. Pure."""

from __future__ import annotations

import msgspec

from aslo_core import events as e
from aslo_core.bundle.versions import Version
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown
from aslo_core.release.state import ReleaseState
from aslo_core.release.stated_version import own_names, version_of_file, version_of_tag

RULE = "activity.version-disagrees"


def agreed(release: ReleaseState, inspected: e.BundleInspected, *, strict: bool) -> e.BundleInspected:
    """Hold an inspected bundle's version against the tag and the attached file's name.

    Args:
        release: the release that it belongs to.
        inspected: what was found.
        strict: whether a difference is refused; else it becomes a warning.

    Returns:
        What was found, with a warning more where they differ.

    Raises:
        Permanent: `activity.version-disagrees`.
    """
    metadata, announcement = inspected.metadata, release.announcement
    fits = own_names((metadata.name, metadata.bundle_id.rpartition(".")[2], announcement.repository.name))
    version = Version.parse(metadata.version)
    differing = []
    stated = version_of_tag(announcement.tag, fits)
    if stated not in (None, version):
        differing.append(f"the tag {shown(announcement.tag)} states version {stated}")
    asset = release.fetched.asset if release.fetched else None
    stated = version_of_file(asset.name, fits) if asset else None
    if asset and stated not in (None, version):
        differing.append(f"the attached file {shown(asset.name)} states version {stated}")
    if not differing:
        return inspected
    found = f"The activity_version is {version}, but {' and '.join(differing)}."
    if strict:
        cure = (
            "Write the version in activity/activity.info for which tag and file are named, or name them for it; release again."
        )
        raise Permanent(RULE, found, cure)
    return msgspec.structs.replace(inspected, warnings=(*inspected.warnings, f"{found} ({RULE})"))
