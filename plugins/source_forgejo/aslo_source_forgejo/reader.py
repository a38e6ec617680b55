"""What is read of a forge about one release."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import structlog

from aslo_core.api import AsloError, LogSink, Permanent, Person, Repository, code_host, git
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.connection import Connection
from aslo_source_forgejo.forge_api import Api
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.payload import AccountPart, CommitPart, ReleasePart, RepositoryPart

log = structlog.get_logger(__name__)

MAX_CONTRIBUTORS = 30
_COMMITS_PER_PAGE = 50
"""What forges give at most, unless their operator allows more (`MAX_RESPONSE_ITEMS`)."""
_MOST_PAGES = 10


class ForgejoReader:
    """Reads one repository of a forge; see `code_host.Reader`.

    Args:
        connection: to the forge; the caller closes it.
        path: where the API has the repository, by its id, which stays when it is renamed or moved, or by its names.
        wording: how things are named.
        remote: where git fetches a repository from.
        options: the instance's table.
    """

    def __init__(
        self,
        connection: Connection,
        path: str,
        wording: Wording,
        remote: Callable[[Repository], git.Remote],
        options: ForgejoSourceOptions,
    ) -> None:
        self._connection = connection
        self._api = Api(connection, options.fetch_seconds)
        self._path = path
        self._wording = wording
        self._remote = remote
        self._options = options

    def repository(self, missing: Permanent) -> Repository:
        """The repository under its present names."""
        part = self._api.get(self._path, f"look up {self._path}", missing, RepositoryPart)
        return self._wording.repository(part)

    def release(
        self, repository: Repository, tag: str, release_id: str | None, otherwise: Person, missing: Permanent
    ) -> code_host.Release:
        """The release as it is now."""
        which = f"tags/{quote(tag, safe='')}" if release_id is None else release_id
        path = f"/repos/{repository.full_name}/releases/{which}"
        part = self._api.get(path, f"look up release {release_id or tag} of {repository.full_name}", missing, ReleasePart)
        return self._wording.release(repository, part, otherwise)

    def checkout(self, repository: Repository, tag: str, into: Path, log: LogSink, stop: threading.Event) -> git.Checkout:
        """The commit that git finds below the tag."""
        checkout = git.fetch_tag(self._remote(repository), tag, into, self._options.limits, stop)
        log(f"the tag {tag} of {repository.full_name} is commit {checkout.commit}\n".encode())
        return checkout

    @contextmanager
    def open(self, at: str, attempt: str, missing: Permanent, /) -> Iterator[Iterator[bytes]]:
        """Open what is at a path below the forge's address. Raises as `Connection.get` does."""
        with self._connection.get(at, attempt, missing, seconds=self._options.fetch_seconds) as body:
            yield body.pieces()

    def contributors(self, repository: Repository, checkout: git.Checkout) -> tuple[Person, ...]:
        """Who wrote the newest 500 commits up to this one; its author as in git where the forge knows nobody.

        A forge tells of no contributors, so they are counted here.
        """
        missing = Permanent("source.contributors-missing", f"The forge lists no commits of {repository.full_name}.", "Nothing.")
        attempt = f"list the commits of {repository.full_name}"
        plain = f"sha={checkout.commit}&stat=false&verification=false&files=false&limit={_COMMITS_PER_PAGE}"
        counted: Counter[AccountPart] = Counter()
        try:
            for page in range(1, _MOST_PAGES + 1):
                path = f"/repos/{repository.full_name}/commits?{plain}&page={page}"
                commits = self._api.get(path, attempt, missing, tuple[CommitPart, ...])
                counted.update(one.author for one in commits if one.author is not None)
                if not commits:
                    break
        except AsloError as error:
            log.warning("source_forgejo.contributors_unknown", repository=repository.full_name, error=str(error))
        if counted or not checkout.author:
            return tuple(self._wording.person(author) for author, _ in counted.most_common(MAX_CONTRIBUTORS))
        return (Person(login=checkout.author),)
