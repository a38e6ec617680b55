"""A source without a host: a repository's address is its identity, a tag is a release."""

from __future__ import annotations

import hashlib
import re
import threading
from copy import copy
from pathlib import Path
from typing import Self

from aslo_core.api import (
    Announcement,
    Fetched,
    LogSink,
    Permanent,
    Person,
    Repository,
    git,
)

_ID_DIGITS = 32
_READABLE_LENGTH = 40
_TAG_DIGITS = 12


class GitSource:
    """A `Source` of releases that an operator names one by one: it is `Submittable`, and there is no host to send webhooks.

    Args:
        name: name of the source's instance.
        allow: addresses beside public `https:` ones.
        limits: what one fetch may use.
    """

    def __init__(self, name: str, allow: git.AllowList, limits: git.Limits) -> None:
        self._name = name
        self._allow = allow
        self._limits = limits
        self.stop = threading.Event()

    def until(self, stop: threading.Event) -> Self:
        """See `Interruptible.until`: git is ended."""
        one = copy(self)
        one.stop = stop
        return one

    def announce(self, address: str, tag: str, by: Person) -> Announcement:
        """Tell which release is meant; nothing is asked of anybody yet.

        Raises:
            Permanent: the address or tag is malformed, or the address is not allowed.
        """
        checked = git.check_address(address, self._allow)
        git.check_tag(tag)
        name = checked.path.rsplit("/", 1)[-1].removesuffix(".git")
        repository = Repository(source=self._name, id=repository_id(checked), owner="", name=name, url=str(checked))
        return Announcement(repository=repository, release_id=release_id(tag), tag=tag, author=by)

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Bring the commit that the tag points to now. Raises as `Source.fetch` says."""
        repository = announcement.repository
        address = git.check_address(repository.url, self._allow)
        if repository_id(address) != repository.id:
            raise Permanent(
                "source.repository-mismatch",
                f"{address} is not the repository of id {repository.id}.",
                "Submit the release again.",
            )
        checkout = git.fetch_tag(git.Remote(address, self._allow), announcement.tag, into, self._limits, self.stop)
        log(f"{announcement.tag} of {address} is commit {checkout.commit}, {len(checkout.files)} files\n".encode())
        for link in checkout.links:
            log(f"{link} is a symbolic link to no file of the repository; it is taken as its text\n".encode())
        contributors = (Person(login=checkout.author),) if checkout.author else ()
        return Fetched(
            commit=checkout.commit,
            tree=checkout.tree,
            files=checkout.files,
            address=str(checkout.address),
            tag_object=checkout.tag_object,
            contributors=contributors,
        )


def repository_id(address: git.Address) -> str:
    """Name a repository by its address in normal form: 32 hexadecimal digits of SHA-256. Pure."""
    return hashlib.sha256(str(address).encode()).hexdigest()[:_ID_DIGITS]


def release_id(tag: str) -> str:
    """Name a tag so that it can be part of a stream's name: readable, and distinct by twelve digits of SHA-256. Pure."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", tag)[:_READABLE_LENGTH]
    return f"{readable}-{hashlib.sha256(tag.encode()).hexdigest()[:_TAG_DIGITS]}"
