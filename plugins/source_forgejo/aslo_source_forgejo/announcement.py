"""From a forge's words to ASLO's. Addresses of pages are built from names; those in a payload are never used. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from aslo_core.api import Announcement, Asset, Person, Repository, code_host
from aslo_source_forgejo.payload import AccountPart, AssetPart, ReleasePart, RepositoryPart


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

    def release(self, repository: Repository, part: ReleasePart, otherwise: Person) -> code_host.Release:
        """Put a release into words; `otherwise` is its author where the forge names none."""
        files = tuple(_attached(asset) for asset in part.assets or ())
        announcement = Announcement(
            repository=repository,
            release_id=str(part.id),
            tag=part.tag_name,
            author=self.person(part.author) if part.author else otherwise,
            title=part.name or "",
            notes=part.body or "",
            prerelease=part.prerelease,
            url=f"{repository.url}/releases/tag/{quote(part.tag_name)}",
            assets=tuple(file.asset for file in files),
            published_us=code_host.microseconds(part.published_at),
        )
        return code_host.Release(announcement, part.draft, files)


def _attached(part: AssetPart) -> code_host.Attached:
    """A forge serves an attached file at `/attachments/<uuid>`, unless it is only a link."""
    asset = Asset(id=str(part.id), name=part.name, size=part.size)
    return code_host.Attached(asset, None if part.type == "external" else f"/attachments/{part.uuid}")
