"""Whose releases a source takes, and which. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from aslo_core.code_host.options import EVERYBODY
from aslo_core.errors import Permanent
from aslo_core.types import Announcement, Repository, Secret


@dataclass(frozen=True)
class Terms:
    """What one source accepts.

    Attributes:
        secrets: any of them proves a delivery.
        owners: accounts, or `*`.
        prereleases: whether pre-releases are taken.
    """

    secrets: tuple[Secret, ...]
    owners: Collection[str]
    prereleases: bool

    def allows(self, owner: str) -> bool:
        """Whether an account's repositories may release here. Hosts do not tell upper from lower case in names."""
        return EVERYBODY in self.owners or owner.lower() in {each.lower() for each in self.owners}

    def require_owner(self, repository: Repository) -> None:
        """Refuse a repository of somebody else.

        Raises:
            Permanent: rule `source.owner-not-allowed`.
        """
        if not self.allows(repository.owner):
            raise Permanent(
                "source.owner-not-allowed",
                f"The repository belongs to {repository.owner}, whose releases this ASLO does not take.",
                "Ask its operator to add the owner.",
            )

    def require_kind(self, announcement: Announcement) -> None:
        """Refuse a pre-release where those are not taken.

        Raises:
            Permanent: rule `source.prerelease`.
        """
        if announcement.prerelease and not self.prereleases:
            raise Permanent(
                "source.prerelease",
                f"The release of {announcement.tag!r} is marked as a pre-release.",
                "Unmark it, or set `prereleases = true` in the source's table.",
            )
