"""Options that are allowed each by itself, and make no sense together. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from aslo_core.config.settings import CoreSettings

_SCREENSHOTS_MIB = 1024
"""What all screenshots of a release may have together: while it is inspected they are on disk twice."""


class Contradiction(NamedTuple):
    """Options that contradict each other.

    Attributes:
        keys: what to change, either or both; the first one that stands in the file is where it is told.
        found: what they say.
        allowed: what is allowed.
    """

    keys: tuple[tuple[str, str], ...]
    found: str
    allowed: str


def contradictions(core: CoreSettings) -> Iterator[Contradiction]:
    """Find limits that others make pointless, or that go beyond what the program bears together."""
    build, bundle = core.build, core.bundle
    inflated = ("bundle", "inflated_mib")
    for key, mib in ((("build", "bundle_mib"), build.bundle_mib), (("bundle", "file_mib"), bundle.file_mib)):
        if mib > bundle.inflated_mib:
            yield Contradiction(
                (key, inflated),
                f"{'.'.join(key)} is {mib} and bundle.inflated_mib is {bundle.inflated_mib}",
                "nothing of that size could pass, since all files of a bundle together may have no more than inflated_mib once"
                f" unpacked: make {key[1]} at most {bundle.inflated_mib}, or inflated_mib at least {mib}",
            )
    if bundle.screenshots * bundle.screenshot_mib > _SCREENSHOTS_MIB:
        yield Contradiction(
            (("bundle", "screenshot_mib"), ("bundle", "screenshots")),
            f"{bundle.screenshots} screenshots of {bundle.screenshot_mib} MiB",
            f"all of a release are on disk twice at a time: make screenshots times screenshot_mib at most {_SCREENSHOTS_MIB}",
        )
