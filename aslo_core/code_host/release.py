"""A release as its host tells of it."""

from __future__ import annotations

from dataclasses import dataclass

from aslo_core.types import Announcement, Asset


@dataclass(frozen=True)
class Attached:
    """An attached file.

    Attributes:
        asset: what the host says of it.
        at: where the host serves it, as `Reader.open` takes it: built by the plugin, never an address out of an answer. None
            where it is only a link to another place.
    """

    asset: Asset
    at: str | None


@dataclass(frozen=True)
class Release:
    """A release as its host tells of it, published or not.

    Attributes:
        announcement: what is announced of it.
        draft: whether it is not published yet, or no longer.
        attached: its files, in the host's order; the announcement names the same.
    """

    announcement: Announcement
    draft: bool
    attached: tuple[Attached, ...] = ()
