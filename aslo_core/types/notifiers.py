"""Who is told, and what."""

from __future__ import annotations

from typing import Protocol

from aslo_core.types.announcements import Person, Repository
from aslo_core.types.value import Value


class Notice(Value):
    """One thing to tell the developer of a release.

    Attributes:
        id: the same for the same notice, whenever it is tried again: notifiers put it into a hidden marker and look for that
            before they post.
        kind: `started`, `published`, `rejected`, `failed`, `unchanged`, `withdrawn` or `cancelled`.
        repository: where it was released.
        release_id: the host's id of the release.
        tag: its tag.
        commit: full name of the commit, or empty when it was never found.
        author: who released it.
        name: the activity's name, or empty when it was never read.
        version: the activity's version, or empty when it was never read.
        reason: why it ended so, in words; empty for `started` and `published`.
        rule: stable code of the broken rule for `rejected`, else empty.
        cure: what the developer can do, or empty.
        rule_url: the page that explains the rule, or empty.
        warnings: what went well but should be looked at.
        status_url: the page with the release's timeline and log.
        activity_url: the page in the catalogue, or empty.
        download_url: the bundle, or empty.
    """

    id: str
    kind: str
    repository: Repository
    release_id: str
    tag: str
    author: Person
    status_url: str
    commit: str = ""
    name: str = ""
    version: str = ""
    reason: str = ""
    rule: str = ""
    cure: str = ""
    rule_url: str = ""
    warnings: tuple[str, ...] = ()
    activity_url: str = ""
    download_url: str = ""


class Notifier(Protocol):
    """Who is told. One object per `[notifier.NAME]`; notices of one release arrive in order, one at a time."""

    def notify(self, notice: Notice) -> str:
        """Deliver one notice and return the address where it can be seen, or an empty string.

        Doing it again finds the first one and returns its address.

        Raises:
            Transient: try again later; `retry_after` carries what the peer asked for.
            Permanent: it cannot be delivered (no such commit, no permission).
        """
        ...
