"""From GitHub's words to ASLO's. Addresses of pages are built from names; those in a payload are never used. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from aslo_core.api import Announcement, Asset, Person, Repository, code_host
from aslo_source_github.payload import AccountPart, ReleasePart, RepositoryPart

_BOT = "[bot]"


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

    def release(self, repository: Repository, part: ReleasePart, otherwise: Person) -> code_host.Release:
        """Put a release into words; `otherwise` is its author where GitHub names none (the account was deleted)."""
        files = [
            code_host.Attached(
                Asset(id=str(asset.id), name=asset.name, size=asset.size),
                f"/repositories/{repository.id}/releases/assets/{asset.id}",
            )
            for asset in part.assets
            if asset.state == "uploaded"
        ]
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
        return code_host.Release(announcement, part.draft, tuple(files))
