"""What is asked of GitHub's REST API about one release.

https://docs.github.com/en/rest/git/refs, /git/tags, /releases/releases, /repos/repos#list-repository-contributors
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import structlog
from github import Github
from github.Repository import Repository as HostRepository

from aslo_core.api import AsloError, Permanent, payloads
from aslo_source_github.failures import classified
from aslo_source_github.payload import AccountPart, ReleasePart, RepositoryPart

log = structlog.get_logger(__name__)

MAX_CONTRIBUTORS = 30
_MAX_NESTED_TAGS = 5


@dataclass(frozen=True)
class Target:
    """What a tag points to.

    Attributes:
        commit: full name of the commit, peeled.
        tag_object: full name of the annotated tag itself, or empty for a tag that is only a name of the commit.
    """

    commit: str
    tag_object: str


class Host:
    """One repository on GitHub.

    Args:
        client: a client with the account's token; the caller closes it.
        key: the repository's id, which stays when it is renamed or moved, or `owner/name`.
    """

    def __init__(self, client: Github, key: int | str) -> None:
        self._repository: HostRepository = client.get_repo(key)
        self._key = f"repository {key}"

    def repository(self) -> RepositoryPart:
        """Its present names."""
        missing = Permanent(
            "source.repository-missing",
            f"GitHub shows no {self._key}.",
            "Check that it exists and is public, or let the account or App of this ASLO read it.",
        )
        with classified(f"look up {self._key}", missing):
            return payloads.convert(self._repository.raw_data, RepositoryPart)

    def release(self, release_id: int) -> ReleasePart:
        """The release as it is now.

        Raises:
            Permanent: rule `source.release-missing`: it was deleted or turned into a draft.
        """
        missing = Permanent(
            "source.release-missing",
            f"The release {release_id} is no longer published on GitHub.",
            "Publish it again if it is meant to be there.",
        )
        with classified(f"look up release {release_id} of {self._key}", missing):
            release = payloads.convert(self._repository.get_release(release_id).raw_data, ReleasePart)
        if release.draft:
            raise missing
        return release

    def release_of_tag(self, tag: str) -> ReleasePart:
        """The published release of a tag."""
        missing = Permanent(
            "source.release-missing",
            f"{self._key} has no published release of the tag {tag!r}.",
            "Publish one on GitHub, or submit the address to a source of kind git.",
        )
        with classified(f"look up the release of {tag!r} of {self._key}", missing):
            return payloads.convert(self._repository.get_release(tag).raw_data, ReleasePart)

    def target(self, tag: str) -> Target:
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
        return Target(commit=sha, tag_object=tag_object)

    def contributors(self) -> tuple[AccountPart, ...]:
        """Who wrote it, most active first, at most 30; nobody where GitHub does not say, since no release fails for that."""
        missing = Permanent("source.contributors-missing", f"GitHub names no contributors of {self._key}.", "Nothing.")
        try:
            with classified(f"list the contributors of {self._key}", missing):
                found = islice(self._repository.get_contributors(), MAX_CONTRIBUTORS)
                return tuple(payloads.convert({"login": person.login}, AccountPart) for person in found)
        except AsloError as error:
            log.warning("source_github.contributors_unknown", repository=self._key, error=str(error))
            return ()
