"""Which of the releases that a host lists are news. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aslo_core.code_host.options import HostOptions
from aslo_core.code_host.release import Release
from aslo_core.errors import Permanent
from aslo_core.git import check_tag
from aslo_core.types import Announcement


def recent(listed: Iterable[Release], options: HostOptions, since_us: int) -> Iterator[Announcement]:
    """Give those that `ListsReleases.recent` is to give.

    Args:
        listed: releases in any order: a draft that was published late may stand far down.
        options: whose releases are taken, and which.
        since_us: when they were published at the earliest, in microseconds since 1970.
    """
    for release in listed:
        announcement = release.announcement
        lately = announcement.published_us is not None and announcement.published_us >= since_us
        taken = options.prereleases or not announcement.prerelease
        if lately and taken and not release.draft and options.allows(announcement.repository.owner) and _has_tag(announcement):
            yield announcement


def _has_tag(announcement: Announcement) -> bool:
    try:
        check_tag(announcement.tag)
    except Permanent:
        return False
    return True
