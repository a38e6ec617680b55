"""What is asked of GitHub's REST API about one release.

https://docs.github.com/en/rest/git/refs, /git/tags, /releases/releases, /repos/repos#list-repository-contributors
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import structlog
from github import Github
from github.Repository import Repository as HostRepository

from aslo_core.api import AsloError, LogSink, Permanent, Person, Repository, code_host, git, payloads
from aslo_source_github.announcement import Wording
from aslo_source_github.assets import Downloads
from aslo_source_github.failures import classified
from aslo_source_github.payload import AccountPart, ReleasePart, RepositoryPart

log = structlog.get_logger(__name__)

MAX_CONTRIBUTORS = 30
_MAX_NESTED_TAGS = 5


@dataclass(frozen=True)
class _Target:
    commit: str
    tag_object: str


class GitHubReader:
    """Reads one repository on GitHub; see `code_host.Reader`.

    Args:
        client: a client with the account's token; the caller closes it.
        key: the repository's id, which stays when it is renamed or moved, or `owner/name`.
        wording: how things are named.
        downloads: opens attached files, with the same token.
        remote: where git fetches a repository from.
        limits: what one fetch with git may use.
    """

    def __init__(
        self,
        client: Github,
        key: int | str,
        wording: Wording,
        downloads: Downloads,
        remote: Callable[[Repository], git.Remote],
        limits: git.Limits,
    ) -> None:
        self._repository: HostRepository = client.get_repo(key)
        self._key = f"repository {key}"
        self._wording = wording
        self._remote = remote
        self._limits = limits
        self.open = downloads.open

    def repository(self, missing: Permanent) -> Repository:
        """Its present names."""
        with classified(f"look up {self._key}", missing):
            return self._wording.repository(payloads.convert(self._repository.raw_data, RepositoryPart))

    def release(
        self, repository: Repository, tag: str, release_id: str | None, otherwise: Person, missing: Permanent
    ) -> code_host.Release:
        """The release as it is now; by its tag, a published one alone."""
        which = tag if release_id is None else int(release_id)
        with classified(f"look up release {which!r} of {self._key}", missing):
            part = payloads.convert(self._repository.get_release(which).raw_data, ReleasePart)
        return self._wording.release(repository, part, otherwise)

    def checkout(self, repository: Repository, tag: str, into: Path, log: LogSink, stop: threading.Event) -> git.Checkout:
        """The commit that GitHub says the tag points to: git fetches it by its name, which needs no tag in between."""
        target = self._target(tag)
        log(f"the tag {tag} of {repository.full_name} is commit {target.commit}\n".encode())
        checkout = git.fetch_commit(self._remote(repository), target.commit, into, self._limits, stop)
        return replace(checkout, tag_object=target.tag_object)

    def _target(self, tag: str) -> _Target:
        """What a tag points to.

        Raises:
            Permanent: rule `source.tag-missing` or `source.tag-not-a-commit`.
        """
        missing = Permanent(
            "source.tag-missing",
            f"There is no tag {tag!r} in {self._key}.",
            "Push the tag, then publish the release again.",
        )
        with classified(f"look up tag {tag!r} of {self._key}", missing):
            target = self._repository.get_git_ref(f"tags/{tag}").object
            tag_object = target.sha if target.type == "tag" else ""
            for _ in range(_MAX_NESTED_TAGS):
                if target.type != "tag":
                    break
                target = self._repository.get_git_tag(target.sha).object
            kind, sha = target.type, target.sha
        if kind != "commit":
            raise Permanent("source.tag-not-a-commit", f"The tag {tag!r} points to a {kind}, not to a commit.", "Tag a commit.")
        return _Target(commit=sha, tag_object=tag_object)

    def contributors(self, _repository: Repository, _checkout: git.Checkout) -> tuple[Person, ...]:
        """Those that GitHub counts in the whole repository."""
        missing = Permanent("source.contributors-missing", f"GitHub names no contributors of {self._key}.", "Nothing.")
        try:
            with classified(f"list the contributors of {self._key}", missing):
                found = islice(self._repository.get_contributors(), MAX_CONTRIBUTORS)
                parts = [payloads.convert({"login": person.login}, AccountPart) for person in found]
        except AsloError as error:
            log.warning("source_github.contributors_unknown", repository=self._key, error=str(error))
            return ()
        return tuple(self._wording.person(part) for part in parts)
