"""Which attached file of a release is its bundle. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aslo_core.errors import Permanent
from aslo_core.plain_text import shown
from aslo_core.release.stated_version import any_name, own_names, version_of_file, version_of_tag
from aslo_core.types import Announcement, FetchedAsset

_NAMED = 20
"""How many files a refusal names; it counts the rest."""


def choose_asset(announcement: Announcement, assets: Sequence[FetchedAsset]) -> FetchedAsset | None:
    """Choose the attached bundle, or None when there is none and the source is to be built.

    Of several, the one counts whose name ends as the tag does, `…-<tag>.xo` without a leading `v`; else the one whose name
    states the version that the tag states.

    Args:
        announcement: the release.
        assets: the attached files; those that do not end in `.xo` are none of ours.

    Raises:
        Permanent: several are attached, and not exactly one is named for the tag.
    """
    bundles = [fetched for fetched in assets if fetched.asset.name.lower().endswith(".xo")]
    if len(bundles) <= 1:
        return bundles[0] if bundles else None
    tag = announcement.tag
    ending = f"-{tag.removeprefix('v')}.xo".lower()
    matching = [fetched for fetched in bundles if fetched.asset.name.lower().endswith(ending)]
    names = [fetched.asset.name for fetched in bundles]
    version = version_of_tag(tag, own_names((announcement.repository.name, *(name.rpartition("-")[0] for name in names))))
    if not matching and version is not None:
        matching = [fetched for fetched in bundles if version_of_file(fetched.asset.name, any_name) == version]
    if len(matching) == 1:
        return matching[0]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = ", ".join(shown(name) for name in names[:_NAMED]) + more
    raise Permanent(
        "asset.ambiguous",
        f"{len(bundles)} bundles are attached ({listed}), and not exactly one of them is named for the tag {shown(tag)}.",
        f"Attach one .xo, or name the right one <Name>-{version or tag.removeprefix('v')}.xo.",
    )
