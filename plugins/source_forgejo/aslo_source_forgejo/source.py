"""The source: what a delivery means, and what a release on a forge consists of."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aslo_core.api import Announcement, Context, Delivery, Probed, Repository, Verdict, WantedWebhook, code_host, git
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.connection import Connection, Peer
from aslo_source_forgejo.forge_api import Api
from aslo_source_forgejo.listing import list_releases
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.probing import ForgeProbe
from aslo_source_forgejo.reader import ForgejoReader
from aslo_source_forgejo.verdict import judge


class ForgejoSource(code_host.HostSource):
    """A `Source` of releases on one forge.

    Args:
        options: the instance's table.
        wording: how things are named.
        peer: the forge.
        ca_file: certificates that sign the forge's, or None.
        addresses: at which its webhooks are taken.
    """

    def __init__(
        self, options: ForgejoSourceOptions, wording: Wording, peer: Peer, ca_file: Path | None, addresses: tuple[str, ...]
    ) -> None:
        super().__init__(options, options.url)
        self._options = options
        self._wording = wording
        self._peer = peer
        self._ca_file = ca_file
        self._addresses = addresses

    def verify(self, delivery: Delivery) -> Verdict:
        """Tell what a delivery means. Raises as `WebhookReceiver.verify` says."""
        return judge(delivery, self._options, self._wording)

    @contextmanager
    def reading(self, owner: str, name: str, repository_id: str | None = None) -> Iterator[ForgejoReader]:
        """Begin to read a repository."""
        path = f"/repos/{owner}/{name}" if repository_id is None else f"/repositories/{int(repository_id)}"
        with Connection(self._peer) as connection:
            yield ForgejoReader(connection, path, self._wording, self._remote, self._options)

    def recent(self, known: Collection[Repository], since_us: int) -> Iterator[Announcement]:
        """Give the releases that were published lately; see `aslo_core.api.ListsReleases`."""
        with Connection(self._peer) as connection, Connection(replace(self._peer, token=None)) as stranger:
            ours, theirs = (Api(each, self._options.fetch_seconds) for each in (connection, stranger))
            listed = list_releases(ours, theirs, self._options, self._wording, known)
            yield from code_host.recent(listed, self._options, since_us)

    def probe(self) -> Iterable[Probed]:
        """Ask the forge whether releases would arrive; see `aslo_core.api.Probes`."""
        return ForgeProbe(self._options, self._peer, WantedWebhook(self._addresses, "release", ("json",))).run()

    def _remote(self, repository: Repository) -> git.Remote:
        allow = self._options.clone_from
        address = git.check_address(f"{self._options.url}/{repository.full_name}.git", allow)
        return git.Remote(address, allow, self._peer.token, ca_file=self._ca_file)


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
    peer = Peer(options.url, options.token, tls, options.timeout_seconds, options.assets_from)
    return ForgejoSource(options, Wording(context.name, options.url), peer, ca_file, context.webhook_addresses)
