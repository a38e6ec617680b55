"""Where releases come from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from aslo_core.types.announcements import Announcement, Asset, Person, Repository
from aslo_core.types.builders import LogSink
from aslo_core.types.deliveries import Delivery, Undelivered, Verdict


@dataclass(frozen=True)
class FetchedAsset:
    """An attached file that was downloaded.

    Attributes:
        asset: which file it is.
        path: where it lies, below the directory that was given to `fetch`.
    """

    asset: Asset
    path: Path


@dataclass(frozen=True)
class Fetched:
    """A release's source as its host has it now.

    Attributes:
        commit: full hexadecimal name of the commit that the tag points to, peeled.
        tree: directory with the commit's files as checked out: no `.git`, submodules as empty directories.
        files: the paths that git tracks in it, relative, `/`-separated, sorted bytewise.
        address: where git fetched from, without any secret.
        tag_object: full name of the annotated tag itself, or empty for a tag that is only a name of the commit.
        assets: the attached files, downloaded, in the host's order.
        contributors: who wrote it, most active first, at most 30.
    """

    commit: str
    tree: Path
    files: tuple[str, ...]
    address: str
    tag_object: str = ""
    assets: tuple[FetchedAsset, ...] = ()
    contributors: tuple[Person, ...] = ()


class Source(Protocol):
    """Where releases come from. One object per `[source.NAME]`; called from many threads.

    How it hears of them is told by `WebhookReceiver`, `Submittable`, or both.
    """

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Resolve the tag and bring exactly that commit, and the attached files, below `into`.

        Args:
            announcement: which release; addresses are built from configuration and from its repository, never from text
                in it.
            into: an empty directory of the caller, who removes it.
            log: receives what is worth showing to the developer.

        Raises:
            Permanent: the tag is gone, the repository is too large, …
            Transient: the host cannot be reached or asks to wait.
            ConfigError: the host refuses what the configuration says; tried again until an operator has mended that.
        """
        ...


@runtime_checkable
class WebhookReceiver(Protocol):
    """What a source offers beside `Source` where its host sends webhooks: only these are answered at `/api/hook/NAME`."""

    def verify(self, delivery: Delivery) -> Verdict:
        """Tell what a delivery means. Pure: no input or output, so that intake never waits.

        Raises:
            AuthenticationFailed: the signature is missing or wrong.
            UnsupportedMedia: the content type is none of this source's.
        """
        ...


@runtime_checkable
class Submittable(Protocol):
    """What a source offers beside `Source` where a release can be announced by hand (`aslo submit`)."""

    def announce(self, address: str, tag: str, by: Person) -> Announcement:
        """Tell which release is meant. What it returns is then fetched as if the host had announced it.

        Args:
            address: the repository as a person writes it; each source says which forms it takes.
            tag: name of the git tag.
            by: who submits; the release's author where the host knows no other.

        Raises:
            Permanent: the address or tag is malformed or not allowed, or the host has no such release.
            Transient: the host had to be asked and cannot be reached.
        """
        ...


@runtime_checkable
class ListsReleases(Protocol):
    """What a source offers beside `Source` where its host can be asked which releases there are, whatever it told of them."""

    def recent(self, known: Collection[Repository], since_us: int) -> Iterator[Announcement]:
        """Give the releases that were published lately, each once, as a webhook would announce them now.

        Those that the source would ignore (drafts, pre-releases unless taken, other owners) are left out. All repositories
        of the owners in its options are looked at, as far as the host lists them, and the known ones; where everybody may
        release, the known ones alone, since it is a proved delivery that admits a repository there.

        Args:
            known: repositories of this source of which a release was heard before. Names may have changed since; one that is
                gone is passed over.
            since_us: only those that the host says were published at that time or later, in microseconds since 1970.

        Raises:
            Transient: the host cannot be reached, asks to wait, or refuses us. What was given until then holds.
        """
        ...


@runtime_checkable
class ListsDeliveries(Protocol):
    """What a source offers beside `WebhookReceiver` where its host tells of deliveries that nobody took."""

    def undelivered(self, since_us: int) -> Iterator[Undelivered]:
        """Give what those deliveries would have meant, oldest first for each webhook.

        Each is named by the host's own id, so that the same one, delivered again by hand, is the same delivery. A delivery that
        was answered with a refusal is not among them: it was heard.

        Args:
            since_us: only those that were tried at that time or later, in microseconds since 1970.

        Raises:
            Transient: the host cannot be reached, asks to wait, or refuses us. What was given until then holds.
        """
        ...
