"""The source: what a delivery means, and what a release on GitHub consists of."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from aslo_github_account import Account, account_of, client

from aslo_core.api import (
    Announcement,
    Context,
    Delivery,
    Permanent,
    Probed,
    Repository,
    Secret,
    Transient,
    Undelivered,
    Verdict,
    code_host,
    git,
)
from aslo_source_github.announcement import Wording
from aslo_source_github.assets import Downloads
from aslo_source_github.deliveries import list_undelivered
from aslo_source_github.failures import classified
from aslo_source_github.listing import list_releases
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.probing import probe_source
from aslo_source_github.reader import GitHubReader
from aslo_source_github.verdict import judge


class GitHubSource(code_host.HostSource):
    """A `Source` of releases on GitHub.

    Args:
        options: the instance's table.
        wording: how things are named.
        reader: who reads the API and the repositories.
        addresses: at which its webhooks are taken.
    """

    def __init__(self, options: GitHubSourceOptions, wording: Wording, reader: Account, addresses: tuple[str, ...]) -> None:
        super().__init__(options, options.web_url)
        self._options = options
        self._wording = wording
        self._reader = reader
        self._addresses = addresses

    def verify(self, delivery: Delivery) -> Verdict:
        """Tell what a delivery means. Raises as `WebhookReceiver.verify` says."""
        return judge(delivery, self._options, self._wording)

    @contextmanager
    def reading(self, owner: str, name: str, repository_id: str | None = None) -> Iterator[GitHubReader]:
        """Begin to read a repository, with the token for its owner."""
        options, token = self._options, self._token(owner, name)
        downloads = Downloads(options.api_url, token, options.timeout_seconds, options.fetch_seconds)
        key = f"{owner}/{name}" if repository_id is None else int(repository_id)
        remote = functools.partial(self._remote, token=token)
        with client(options, token) as connected:
            try:
                yield GitHubReader(connected, key, self._wording, downloads, remote, options.limits)
            except Transient:
                self._reader.forget(owner)  # it may be the token that was refused; the next attempt gets another one
                raise

    def recent(self, known: Collection[Repository], since_us: int) -> Iterator[Announcement]:
        """Give the releases that were published lately; see `aslo_core.api.ListsReleases`."""
        listed = list_releases(self._reader, self._options, self._wording, known)
        return code_host.recent(listed, self._options, since_us)

    def undelivered(self, since_us: int) -> Iterator[Undelivered]:
        """Give what deliveries that nobody took would have meant; see `aslo_core.api.ListsDeliveries`."""
        return list_undelivered(self._reader, self._options, self._wording, self._addresses, since_us)

    def probe(self) -> Iterable[Probed]:
        """Ask GitHub whether releases would arrive; see `aslo_core.api.Probes`."""
        return probe_source(self._options, self._addresses)

    def _token(self, owner: str, name: str) -> Secret | None:
        not_installed = Permanent(
            "source.app-not-installed",
            f"ASLO's GitHub App is not installed on {owner}/{name}.",
            "Install it on the repository, then publish the release again.",
        )
        with classified(f"get a token for {owner}/{name}", not_installed):
            return self._reader.token(owner, name)

    def _remote(self, repository: Repository, token: Secret | None) -> git.Remote:
        url = self._options.clone_url.replace("{owner}", repository.owner).replace("{name}", repository.name)
        allow = self._options.clone_from
        return git.Remote(git.check_address(url, allow), allow, token)


def create(options: GitHubSourceOptions, context: Context) -> GitHubSource:
    """Make the source of `[source.NAME]`.

    Raises:
        ConfigError: the git program of this machine is absent or too old.
        ValueError: the App's key is not one.
    """
    git.check_program()
    return GitHubSource(options, Wording(context.name, options.web_url), account_of(options), context.webhook_addresses)
