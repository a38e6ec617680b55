"""From a forge's words to ASLO's. Addresses of pages are built from names; those in a payload are never used. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aslo_core.api import Announcement, Asset, Person, Repository
from aslo_source_forgejo.payload import AccountPart, ReleasePart, RepositoryPart

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wording:
    """How one source names things.

    Attributes:
        source: name of the source's instance.
        url: address of the forge's pages, without a slash at the end.
    """

    source: str
    url: str

    def person(self, account: AccountPart) -> Person:
        """Name an account; the forge answers `/<name>.png` with its picture."""
        return Person(login=account.name, url=f"{self.url}/{account.name}", avatar_url=f"{self.url}/{account.name}.png")

    def repository(self, part: RepositoryPart) -> Repository:
        """Name a repository."""
        return Repository(
            source=self.source, id=str(part.id), owner=part.owner.name, name=part.name, url=f"{self.url}/{part.full_name}"
        )

    def announcement(self, part: RepositoryPart, release: ReleasePart, otherwise: Person) -> Announcement:
        """Announce a release; `otherwise` is its author where the forge names none."""
        repository = self.repository(part)
        return Announcement(
            repository=repository,
            release_id=str(release.id),
            tag=release.tag_name,
            author=self.person(release.author) if release.author else otherwise,
            title=release.name or "",
            notes=release.body or "",
            prerelease=release.prerelease,
            url=f"{repository.url}/releases/tag/{quote(release.tag_name)}",
            assets=tuple(Asset(id=str(asset.id), name=asset.name, size=asset.size) for asset in release.assets or ()),
            published_us=_microseconds(release.published_at) if release.published_at else None,
        )


def _microseconds(time: datetime) -> int | None:
    """Microseconds since 1970; None for the times before, with which forges say that there is none."""
    since = (time.replace(tzinfo=time.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    return since if since > 0 else None
