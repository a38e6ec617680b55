"""From GitHub's words to ASLO's. Addresses of pages are built from names; those in a payload are never used. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aslo_core.api import Announcement, Asset, Person, Repository
from aslo_source_github.payload import AccountPart, ReleasePart, RepositoryPart

_BOT = "[bot]"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wording:
    """How one source names things.

    Attributes:
        source: name of the source's instance.
        web_url: address of GitHub's pages, without a slash at the end.
    """

    source: str
    web_url: str

    def person(self, account: AccountPart) -> Person:
        """Name an account; GitHub answers `/<login>.png` with its picture."""
        login = account.login
        if login.endswith(_BOT):
            return Person(login=login, url=f"{self.web_url}/apps/{login.removesuffix(_BOT)}")
        return Person(login=login, url=f"{self.web_url}/{login}", avatar_url=f"{self.web_url}/{login}.png")

    def repository(self, part: RepositoryPart) -> Repository:
        """Name a repository."""
        owner = part.owner.login
        return Repository(
            source=self.source, id=str(part.id), owner=owner, name=part.name, url=f"{self.web_url}/{owner}/{part.name}"
        )

    def announcement(self, part: RepositoryPart, release: ReleasePart, otherwise: Person) -> Announcement:
        """Announce a release; `otherwise` is its author where GitHub names none (the account was deleted)."""
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
            assets=tuple(
                Asset(id=str(asset.id), name=asset.name, size=asset.size)
                for asset in release.assets
                if asset.state == "uploaded"
            ),
            published_us=_microseconds(release.published_at) if release.published_at else None,
        )


def _microseconds(time: datetime) -> int:
    """Microseconds since 1970; GitHub writes its times in UTC."""
    return (time.replace(tzinfo=time.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
