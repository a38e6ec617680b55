"""What is asked of a forge's REST API about one release. It is described by the forge itself at `/api/swagger`."""

from __future__ import annotations

from collections import Counter
from typing import TypeVar
from urllib.parse import quote

import structlog

from aslo_core.api import AsloError, Permanent, Transient, payloads
from aslo_source_forgejo.connection import Connection
from aslo_source_forgejo.payload import AccountPart, CommitPart, ReleasePart, RepositoryPart

log = structlog.get_logger(__name__)

MAX_CONTRIBUTORS = 30
_COMMITS_PER_PAGE = 50
"""What forges give at most, unless their operator allows more (`MAX_RESPONSE_ITEMS`)."""
_MOST_PAGES = 10
_MOST_BYTES = 16 << 20

PartT = TypeVar("PartT")


class Host:
    """The REST API of one forge.

    Args:
        connection: to the forge; the caller closes it.
        seconds: that each answer may take as a whole.
    """

    def __init__(self, connection: Connection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def repository(self, repository_id: int) -> RepositoryPart:
        """The present names of a repository; its id stays when it is renamed or moved."""
        return self._repository(f"/repositories/{repository_id}", f"repository {repository_id}")

    def repository_of(self, owner: str, name: str) -> RepositoryPart:
        """The repository of that name."""
        return self._repository(f"/repos/{owner}/{name}", f"repository {owner}/{name}")

    def release(self, repository: RepositoryPart, release_id: int) -> ReleasePart:
        """The release as it is now.

        Raises:
            Permanent: rule `source.release-missing`: it was deleted or turned into a draft.
        """
        missing = Permanent(
            "source.release-missing",
            f"The release {release_id} of {repository.full_name} is no longer published on the forge.",
            "Publish it again if it is meant to be there.",
        )
        attempt = f"look up release {release_id} of {repository.full_name}"
        release = self.get(f"/repos/{repository.full_name}/releases/{release_id}", attempt, missing, ReleasePart)
        if release.draft:
            raise missing
        return release

    def release_of_tag(self, repository: RepositoryPart, tag: str) -> ReleasePart:
        """The published release of a tag."""
        missing = Permanent(
            "source.release-missing",
            f"{repository.full_name} has no published release of the tag {tag!r}.",
            "Publish one on the forge, or submit the address to a source of kind git.",
        )
        attempt = f"look up the release of {tag!r} of {repository.full_name}"
        path = f"/repos/{repository.full_name}/releases/tags/{quote(tag, safe='')}"
        release = self.get(path, attempt, missing, ReleasePart)
        if release.draft:
            raise missing
        return release

    def authors(self, repository: RepositoryPart, commit: str) -> tuple[AccountPart, ...]:
        """Who wrote the newest 500 commits up to one, most active first, at most 30.

        A forge tells of no contributors, so they are counted here. Nobody where it does not say, since no release fails for
        that.
        """
        missing = Permanent("source.contributors-missing", f"The forge lists no commits of {repository.full_name}.", "Nothing.")
        attempt = f"list the commits of {repository.full_name}"
        plain = "stat=false&verification=false&files=false"
        counted: Counter[AccountPart] = Counter()
        try:
            for page in range(1, _MOST_PAGES + 1):
                path = f"/repos/{repository.full_name}/commits?sha={commit}&{plain}&limit={_COMMITS_PER_PAGE}&page={page}"
                commits = self.get(path, attempt, missing, tuple[CommitPart, ...])
                counted.update(one.author for one in commits if one.author is not None)
                if not commits:
                    break
        except AsloError as error:
            log.warning("source_forgejo.contributors_unknown", repository=repository.full_name, error=str(error))
        return tuple(author for author, _ in counted.most_common(MAX_CONTRIBUTORS))

    def _repository(self, path: str, which: str) -> RepositoryPart:
        missing = Permanent(
            "source.repository-missing",
            f"The forge shows no {which}.",
            "Check that it exists and is public, or let the account of this ASLO read it.",
        )
        return self.get(path, f"look up {which}", missing, RepositoryPart)

    def get(self, path: str, attempt: str, missing: Permanent, kind: type[PartT]) -> PartT:
        """What is at a path of the API.

        Args:
            path: path and query below the API's address.
            attempt: what is being done, on what.
            missing: raised where it is not there.
            kind: class of what is wanted.

        Raises:
            Permanent: `missing`.
            Denied: the token may not see it, or there is none.
            Transient: the forge gives no usable answer.
        """
        with self._connection.get(f"/api/v1{path}", attempt, missing, seconds=self._seconds) as body:
            found = body.whole(_MOST_BYTES)
        try:
            return payloads.read(found, kind)
        except payloads.Malformed as error:
            raise Transient(f"{attempt}: the forge gave no usable answer: {str(error)[:300]}") from error
