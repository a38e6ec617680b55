"""Which attached file of a release is its bundle. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aslo_core.errors import Permanent
from aslo_core.types import FetchedAsset


def choose_asset(tag: str, assets: Sequence[FetchedAsset]) -> FetchedAsset | None:
    """Choose the attached bundle, or None when there is none and the source is to be built.

    Args:
        tag: the release's tag; a leading `v` does not count.
        assets: the attached files; those that do not end in `.xo` are none of ours.

    Raises:
        Permanent: several are attached, and not exactly one is named `…-<tag>.xo`.
    """
    bundles = [fetched for fetched in assets if fetched.asset.name.lower().endswith(".xo")]
    if len(bundles) <= 1:
        return bundles[0] if bundles else None
    version = tag.removeprefix("v")
    matching = [fetched for fetched in bundles if fetched.asset.name.lower().endswith(f"-{version}.xo".lower())]
    if len(matching) == 1:
        return matching[0]
    names = ", ".join(fetched.asset.name for fetched in bundles)
    raise Permanent(
        "asset.ambiguous",
        f"{len(bundles)} bundles are attached ({names}), and not exactly one of them is named for the tag {tag}.",
        f"Attach one .xo, or name the right one <Name>-{version}.xo.",
    )
