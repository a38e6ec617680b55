"""The source: what a delivery means, and what a release on GitHub consists of."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Self

from aslo_github_account import Account, account_of, client

from aslo_core.api import (
    Announcement,
    Context,
    Delivery,
    Fetched,
    LogSink,
    Permanent,
    Person,
    Probed,
    Secret,
    Verdict,
    git,
)
from aslo_source_github.announcement import Wording
from aslo_source_github.assets import Downloads
from aslo_source_github.failures import classified
from aslo_source_github.host import Host
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.payload import RepositoryPart
from aslo_source_github.probing import probe_source
from aslo_source_github.verdict import Rules, judge


class GitHubSource:
    """A `Source` of releases on GitHub.

    Args:
        options: the instance's table.
        rules: what it accepts.
        reader: who reads the API and the repositories.
        addresses: at which its webhooks are taken.
    """

    def __init__(self, options: GitHubSourceOptions, rules: Rules, reader: Account, addresses: tuple[str, ...]) -> None:
        self._options = options
        self._rules = rules
        self._reader = reader
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
            by: named as the author where GitHub names none.

        Raises:
            Permanent: the address or tag is malformed, the owner is not allowed, or there is no such release.
            Transient: GitHub cannot be reached.
        """
        owner, name = self._names(address)
        git.check_tag(tag)
        with client(self._options, self._token(owner, name)) as connected:
            host = Host(connected, f"{owner}/{name}")
            repository = self._allowed(host.repository())
            release = host.release_of_tag(tag)
        if release.prerelease and not self._rules.prereleases:
            raise Permanent(
                "source.prerelease",
                f"The release of {tag!r} is marked as a pre-release.",
                "Unmark it, or set `prereleases = true` in the source's table.",
            )
        return self._rules.wording.announcement(repository, release, by)

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Bring the tag's commit and the attached bundles as they are now. Raises as `Source.fetch` says."""
        tag, announced = announcement.tag, announcement.repository
        git.check_tag(tag)
        token = self._token(announced.owner, announced.name)
        with client(self._options, token) as connected:
            host = Host(connected, int(announced.id))
            repository = self._allowed(host.repository())
            release = host.release(int(announcement.release_id))
            target = host.target(tag)
            contributors = host.contributors()
        full_name = f"{repository.owner.login}/{repository.name}"
        log(f"the tag {tag} of {full_name} is commit {target.commit}\n".encode())
        checkout = git.fetch_commit(self._remote(repository, token), target.commit, into, self._options.limits, self.stop)
        for link in checkout.links:
            log(f"{link} is a symbolic link to no file of the repository; it is taken as its text\n".encode())
        wording = self._rules.wording
        assets = wording.announcement(repository, release, announcement.author).assets
        fetched = self._downloads(token).fetch(announced.id, assets, into / "assets")
        for one in fetched:
            log(f"the attached bundle {one.asset.name} has {one.asset.size} bytes\n".encode())
        return Fetched(
            commit=target.commit,
            tree=checkout.tree,
            files=checkout.files,
            address=str(checkout.address),
            tag_object=target.tag_object,
            assets=fetched,
            contributors=tuple(wording.person(one) for one in contributors),
        )

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

    def _remote(self, repository: RepositoryPart, token: Secret | None) -> git.Remote:
        url = self._options.clone_url.replace("{owner}", repository.owner.login).replace("{name}", repository.name)
        allow = self._options.clone_from
        return git.Remote(git.check_address(url, allow), allow, token)

    def _downloads(self, token: Secret | None) -> Downloads:
        options = self._options
        return Downloads(
            options.api_url, token, options.timeout_seconds, options.fetch_seconds, options.assets_mib << 20, self.stop
        )

    def _allowed(self, repository: RepositoryPart) -> RepositoryPart:
        owner = repository.owner.login
        if not self._rules.allows(owner):
            raise Permanent(
                "source.owner-not-allowed",
                f"The repository belongs to {owner}, whose releases this ASLO does not take.",
                "Ask its operator to add the owner.",
            )
        return repository

    def _names(self, address: str) -> tuple[str, str]:
        short = address.removeprefix(f"{self._options.web_url}/").removesuffix("/").removesuffix(".git")
        found = re.fullmatch(r"([A-Za-z0-9_-]{1,100})/(?!\.{1,2}\Z)([A-Za-z0-9._-]{1,100})", short)
        if found is None:
            raise Permanent(
                "source.address-malformed",
                f"{address[:120]!r} names no repository on {self._options.web_url}.",
                f"Write `owner/name` or `{self._options.web_url}/owner/name`.",
            )
        return found[1], found[2]


def create(options: GitHubSourceOptions, context: Context) -> GitHubSource:
    """Make the source of `[source.NAME]`.

    Raises:
        ConfigError: the git program of this machine is absent or too old.
        ValueError: the App's key is not one.
    """
    git.check_program()
    rules = Rules(
        secrets=options.secrets,
        allow_sha1=options.allow_sha1,
        owners=frozenset(owner.lower() for owner in options.owners),
        prereleases=options.prereleases,
        wording=Wording(context.name, options.web_url),
    )
    return GitHubSource(options, rules, account_of(options), context.webhook_addresses)
