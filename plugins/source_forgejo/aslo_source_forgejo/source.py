"""The source: what a delivery means, and what a release on a forge consists of."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Self

from aslo_core.api import (
    Announcement,
    Context,
    Delivery,
    Fetched,
    LogSink,
    Permanent,
    Person,
    Probed,
    Verdict,
    WantedWebhook,
    git,
)
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.assets import Downloads
from aslo_source_forgejo.connection import Connection, Peer
from aslo_source_forgejo.host import Host
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.payload import RepositoryPart
from aslo_source_forgejo.probing import ForgeProbe
from aslo_source_forgejo.verdict import Rules, judge

_SHORT = re.compile(r"(?!\.{1,2}/)([A-Za-z0-9._-]{1,100})/(?!\.{1,2}\Z)([A-Za-z0-9._-]{1,100})")


class ForgejoSource:
    """A `Source` of releases on one forge.

    Args:
        options: the instance's table.
        rules: what it accepts.
        peer: the forge.
        ca_file: certificates that sign the forge's, or None.
        addresses: at which its webhooks are taken.
    """

    def __init__(
        self, options: ForgejoSourceOptions, rules: Rules, peer: Peer, ca_file: Path | None, addresses: tuple[str, ...]
    ) -> None:
        self._options = options
        self._rules = rules
        self._peer = peer
        self._ca_file = ca_file
        self._addresses = addresses
        self.stop = threading.Event()

    def until(self, stop: threading.Event) -> Self:
        """See `Interruptible.until`: git is ended, and so is a download, at the next piece that arrives."""
        one = copy(self)
        one.stop = stop
        return one

    def verify(self, delivery: Delivery) -> Verdict:
        """Tell what a delivery means. Raises as `WebhookReceiver.verify` says."""
        return judge(delivery, self._rules)

    def announce(self, address: str, tag: str, by: Person) -> Announcement:
        """Look up a published release by hand.

        Args:
            address: `owner/name`, or the address of the repository's page.
            tag: the release's tag.
            by: named as the author where the forge names none.

        Raises:
            Permanent: the address or tag is malformed, the owner is not allowed, or there is no such release.
            Transient: the forge cannot be reached.
        """
        owner, name = self._names(address)
        git.check_tag(tag)
        with Connection(self._peer) as connection:
            host = self._host(connection)
            repository = self._allowed(host.repository_of(owner, name))
            release = host.release_of_tag(repository, tag)
        if release.prerelease and not self._rules.prereleases:
            raise Permanent(
                "source.prerelease",
                f"The release of {tag!r} is marked as a pre-release.",
                "Unmark it, or set `prereleases = true` in the source's table.",
            )
        return self._rules.wording.announcement(repository, release, by)

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Bring the tag's commit and the attached bundles as they are now. Raises as `Source.fetch` says."""
        tag, wording, options = announcement.tag, self._rules.wording, self._options
        git.check_tag(tag)
        with Connection(self._peer) as connection:
            host = self._host(connection)
            repository = self._allowed(host.repository(int(announcement.repository.id)))
            release = host.release(repository, int(announcement.release_id))
            checkout = git.fetch_tag(self._remote(repository), tag, into, options.limits, self.stop)
            log(f"the tag {tag} of {repository.full_name} is commit {checkout.commit}\n".encode())
            for link in checkout.links:
                log(f"{link} is a symbolic link to no file of the repository; it is taken as its text\n".encode())
            authors = host.authors(repository, checkout.commit)
            downloads = Downloads(connection, options.fetch_seconds, options.assets_mib << 20, self.stop)
            assets = downloads.fetch(release.assets or (), into / "assets")
        for one in assets:
            log(f"the attached bundle {one.asset.name} has {one.asset.size} bytes\n".encode())
        contributors = tuple(wording.person(author) for author in authors)
        if not contributors and checkout.author:
            contributors = (Person(login=checkout.author),)
        return Fetched(
            commit=checkout.commit,
            tree=checkout.tree,
            files=checkout.files,
            address=str(checkout.address),
            tag_object=checkout.tag_object,
            assets=assets,
            contributors=contributors,
        )

    def probe(self) -> Iterable[Probed]:
        """Ask the forge whether releases would arrive; see `aslo_core.api.Probes`."""
        return ForgeProbe(self._options, self._peer, WantedWebhook(self._addresses, "release", ("json",))).run()

    def _host(self, connection: Connection) -> Host:
        return Host(connection, self._options.fetch_seconds)

    def _remote(self, repository: RepositoryPart) -> git.Remote:
        allow = self._options.clone_from
        address = git.check_address(f"{self._options.url}/{repository.full_name}.git", allow)
        return git.Remote(address, allow, self._peer.token, ca_file=self._ca_file)

    def _allowed(self, repository: RepositoryPart) -> RepositoryPart:
        owner = repository.owner.name
        if not self._rules.allows(owner):
            raise Permanent(
                "source.owner-not-allowed",
                f"The repository belongs to {owner}, whose releases this ASLO does not take.",
                "Ask its operator to add the owner.",
            )
        return repository

    def _names(self, address: str) -> tuple[str, str]:
        url = self._options.url
        found = _SHORT.fullmatch(address.removeprefix(f"{url}/").removesuffix("/").removesuffix(".git"))
        if found is None:
            raise Permanent(
                "source.address-malformed",
                f"{address[:120]!r} names no repository on {url}.",
                f"Write `owner/name` or `{url}/owner/name`.",
            )
        return found[1], found[2]


def create(options: ForgejoSourceOptions, context: Context) -> ForgejoSource:
    """Make the source of `[source.NAME]`.

    Raises:
        ConfigError: the git program of this machine is absent or too old.
        ValueError: `ca_file` cannot be read or holds no certificate.
    """
    git.check_program()
    ca_file = None if options.ca_file is None else context.directory / options.ca_file
    try:
        tls = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"ca_file: {ca_file} is no file of certificates in PEM form: {error.strerror or error}") from error
    rules = Rules(
        secrets=options.secrets,
        owners=frozenset(owner.lower() for owner in options.owners),
        prereleases=options.prereleases,
        wording=Wording(context.name, options.url),
    )
    peer = Peer(options.url, options.token, tls, options.timeout_seconds, options.assets_from)
    return ForgejoSource(options, rules, peer, ca_file, context.webhook_addresses)
