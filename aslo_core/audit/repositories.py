"""Which repository is meant: the one that the log knows by that name now."""

from __future__ import annotations

from aslo_core import events as e
from aslo_core.audit.history import repository_named
from aslo_core.audit.subject import RepositoryAsked
from aslo_core.errors import AsloError
from aslo_core.log import EventLog
from aslo_core.types import Repository

_NAMING = (e.ReleaseAnnounced.event_name, e.DeliveryAccepted.event_name, e.DeliveryIgnored.event_name)


def find_repository(log: EventLog, named: str) -> Repository:
    """Find a repository that something was heard of.

    Args:
        log: the log.
        named: `owner/name`, `source/id` or address. A name counts as the host told it last.

    Raises:
        AsloError: nothing was heard of it, or several are called so.
        LogUnavailable: the log cannot be read.
    """
    newest: dict[tuple[str, str], Repository] = {}
    for recorded in log.read_all(types=_NAMING):
        repository = repository_named(recorded.event)
        if repository is not None:
            newest[repository.source, repository.id] = repository
    asked = RepositoryAsked(named)
    fitting = [repository for repository in newest.values() if asked.is_named(repository)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        keys = ", ".join(f"{repository.source}/{repository.id}" for repository in fitting)
        raise AsloError(f"{len(fitting)} repositories are called {named!a}; say which one is meant: {keys}")
    raise AsloError(
        f"nothing was heard yet of a repository {named!a} (owner/name, source/repository id, or address); let it publish a"
        " release, which makes it known though it is rejected"
    )
