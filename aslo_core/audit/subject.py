"""What an auditor asks about: a release, an activity, a repository or a storage, as people name them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aslo_core.errors import AsloError
from aslo_core.types import Repository

_RELEASE = re.compile(r"(?:release/)?(?P<rest>[^/\s]+/[^/\s]+/[^/\s]+)")
_ACTIVITY = re.compile(r"activity/(?P<prefixed>\S+)|(?P<bare>[^/:@\s]+\.[^/:@\s]+)")
_STORAGE = re.compile(r"storage/(?P<name>[a-z][a-z0-9-]*)")
_TWO_PARTS = re.compile(r"[^/:@\s]+/[^/:@\s]+")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+")


@dataclass(frozen=True)
class ReleaseAsked:
    """One release, by its stream."""

    stream: str


@dataclass(frozen=True)
class ActivityAsked:
    """One activity."""

    bundle_id: str


@dataclass(frozen=True)
class RepositoryAsked:
    """All repositories that were ever named so: `owner/name`, `source/id`, a name alone, or an address."""

    named: str

    def is_named(self, repository: Repository) -> bool:
        """Whether the words fit a repository as it was called at some time."""
        if _ADDRESS.fullmatch(self.named):
            return self.is_address(repository.url)
        names = (repository.full_name, f"{repository.source}/{repository.id}")
        return self.named.casefold() in (name.casefold() for name in names)

    def is_address(self, address: str) -> bool:
        """Whether the words are this address, with or without `.git` and a slash at the end."""
        return bool(address) and _bare(self.named) == _bare(address)


@dataclass(frozen=True)
class StorageAsked:
    """One storage, by its name in `aslo.toml`."""

    name: str


Subject = ReleaseAsked | ActivityAsked | RepositoryAsked | StorageAsked


def subject(named: str) -> Subject:
    """Understand what is asked about.

    Args:
        named: a release's stream with or without `release/`; a bundle id, with or without `activity/`; a repository as
            `owner/name`, `source/id` or address; a storage as `storage/name`. What has neither dot nor slash is the name of a
            repository without an owner.

    Raises:
        AsloError: it is none of these.
    """
    if _ADDRESS.fullmatch(named):
        return RepositoryAsked(named)
    if found := _STORAGE.fullmatch(named):
        return StorageAsked(found["name"])
    if found := _ACTIVITY.fullmatch(named):
        return ActivityAsked(found["prefixed"] or found["bare"])
    if found := _RELEASE.fullmatch(named):
        return ReleaseAsked(f"release/{found['rest']}")
    if _TWO_PARTS.fullmatch(named) or (named and not re.search(r"[/:@\s]", named)):
        return RepositoryAsked(named)
    raise AsloError(
        f"{named!a} names no release (source/repository id/release id), no activity (its bundle id), no repository"
        " (owner/name, source/repository id, or address) and no storage (storage/name)"
    )


def _bare(address: str) -> str:
    return address.rstrip("/").removesuffix(".git").rstrip("/")
