"""The source of a code host: how a release is looked up by hand, and how one is fetched."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from copy import copy
from pathlib import Path
from typing import Protocol, Self

from aslo_core.code_host.downloads import download_bundles
from aslo_core.code_host.fields import NAME
from aslo_core.code_host.options import HostOptions
from aslo_core.code_host.release import Release
from aslo_core.errors import Permanent
from aslo_core.git import Checkout, check_tag
from aslo_core.types import Announcement, Delivery, Fetched, LogSink, Person, Repository, Verdict


class Reader(Protocol):
    """Reads one repository of a host, for one task in one thread. A plugin implements it.

    Each method raises the `Permanent` that it is given, or one of its own, where the host says that something is not there, and
    `Transient` where it cannot be reached, asks to wait or refuses us.
    """

    def repository(self, missing: Permanent) -> Repository:
        """The repository under its present names."""
        ...

    def release(
        self, repository: Repository, tag: str, release_id: str | None, otherwise: Person, missing: Permanent
    ) -> Release:
        """The release of that id, or of the tag where that is None; `otherwise` is its author where the host names none."""
        ...

    def checkout(self, repository: Repository, tag: str, into: Path, log: LogSink, stop: threading.Event) -> Checkout:
        """Fetch the commit of a tag with git, until `stop` is set; what the tag points to is said as soon as it is known."""
        ...

    def open(self, at: str, attempt: str, missing: Permanent, /) -> AbstractContextManager[Iterator[bytes]]:
        """Open an attached file; `attempt` says for errors what is being done, on what."""
        ...

    def contributors(self, repository: Repository, checkout: Checkout) -> tuple[Person, ...]:
        """Who wrote it, most active first, at most 30; nobody where the host does not say, since no release fails for that."""
        ...


class HostSource(ABC):
    """A `Source` that takes webhooks and releases by hand, of which a plugin adds how its host is read.

    Args:
        options: the instance's table.
        pages: address of the host's pages for people, without a slash at the end.
    """

    def __init__(self, options: HostOptions, pages: str) -> None:
        self._host_options = options
        self._pages = pages
        self.stop = threading.Event()

    def until(self, stop: threading.Event) -> Self:
        """See `Interruptible.until`: git is ended, and so is a download, at the next piece that arrives."""
        one = copy(self)
        one.stop = stop
        return one

    @abstractmethod
    def verify(self, delivery: Delivery) -> Verdict:
        """Tell what a delivery means. Raises as `WebhookReceiver.verify` says."""

    @abstractmethod
    def reading(self, owner: str, name: str, repository_id: str | None = None) -> AbstractContextManager[Reader]:
        """Begin to read a repository.

        Args:
            owner: account that it belonged to when it was last heard of.
            name: its name at that time.
            repository_id: its id, which stays when it is renamed or moved; None where only its names are known.
        """

    def announce(self, address: str, tag: str, by: Person) -> Announcement:
        """Look up a published release by hand.

        Args:
            address: `owner/name`, or the address of the repository's page.
            tag: the release's tag.
            by: named as the author where the host names none.

        Raises:
            Permanent: the address or tag is malformed, the owner is not allowed, or there is no such release.
            Transient: the host cannot be reached.
        """
        owner, name = self._names(address)
        check_tag(tag)
        with self.reading(owner, name) as reader:
            repository = self._repository(reader, f"{owner}/{name}")
            missing = Permanent(
                "source.release-missing",
                f"{repository.full_name} has no published release of the tag {tag!r}.",
                "Publish one on its host, or submit the address to a source of kind git.",
            )
            announcement = _published(reader.release(repository, tag, None, by, missing), missing).announcement
        if announcement.prerelease and not self._host_options.prereleases:
            raise Permanent(
                "source.prerelease",
                f"The release of {tag!r} is marked as a pre-release.",
                "Unmark it, or set `prereleases = true` in the source's table.",
            )
        return announcement

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Bring the tag's commit and the attached bundles as they are now. Raises as `Source.fetch` says."""
        announced, tag = announcement.repository, announcement.tag
        check_tag(tag)
        with self.reading(announced.owner, announced.name, announced.id) as reader:
            repository = self._repository(reader, announced.id)
            missing = Permanent(
                "source.release-missing",
                f"The release {announcement.release_id} of {repository.full_name} is no longer published on its host.",
                "Publish it again if it is meant to be there.",
            )
            release = reader.release(repository, tag, announcement.release_id, announcement.author, missing)
            attached = _published(release, missing).attached
            checkout = reader.checkout(repository, tag, into, log, self.stop)
            for link in checkout.links:
                log(f"{link} is a symbolic link to no file of the repository; it is taken as its text\n".encode())
            contributors = reader.contributors(repository, checkout)
            assets = download_bundles(attached, into / "assets", self._host_options.assets_mib << 20, reader.open, self.stop)
        for one in assets:
            log(f"the attached bundle {one.asset.name} has {one.asset.size} bytes\n".encode())
        return Fetched(
            commit=checkout.commit,
            tree=checkout.tree,
            files=checkout.files,
            address=str(checkout.address),
            tag_object=checkout.tag_object,
            assets=assets,
            contributors=contributors,
        )

    def _repository(self, reader: Reader, which: str) -> Repository:
        missing = Permanent(
            "source.repository-missing",
            f"The host shows no repository {which}.",
            "Check that it exists and is public, or let the account of this ASLO read it.",
        )
        repository = reader.repository(missing)
        if not self._host_options.allows(repository.owner):
            raise Permanent(
                "source.owner-not-allowed",
                f"The repository belongs to {repository.owner}, whose releases this ASLO does not take.",
                "Ask its operator to add the owner.",
            )
        return repository

    def _names(self, address: str) -> tuple[str, str]:
        short = address.removeprefix(f"{self._pages}/").removesuffix("/").removesuffix(".git")
        owner, _, name = short.rpartition("/")
        if not (self._host_options.OWNER.fullmatch(owner) and NAME.fullmatch(name)):
            raise Permanent(
                "source.address-malformed",
                f"{address[:120]!r} names no repository on {self._pages}.",
                f"Write `owner/name` or `{self._pages}/owner/name`.",
            )
        return owner, name


def _published(release: Release, missing: Permanent) -> Release:
    if release.draft:
        raise missing
    return release
