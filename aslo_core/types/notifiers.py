"""Who is told, and what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, get_args, runtime_checkable

from aslo_core.errors import ConfigProblem
from aslo_core.types.announcements import Person, Repository
from aslo_core.types.probes import Probed
from aslo_core.types.value import Value

NoticeKind = Literal["started", "published", "rejected", "failed", "unchanged", "withdrawn", "cancelled"]
"""What a notice tells: that a run started, or how it ended."""

NOTICE_KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)


class Notice(Value):
    """One thing to tell the developer of a release.

    Attributes:
        id: the same for the same notice, whenever it is tried again: notifiers put it into a hidden marker and look for that
            before they post.
        kind: `started`, `published`, `rejected`, `failed`, `unchanged`, `withdrawn` or `cancelled`.
        repository: where it was released.
        release_id: the host's id of the release.
        tag: its tag.
        author: who released it.
        status_url: the page with the release's timeline and log.
        occurred_us: when it happened, µs since 1970 UTC; the same whenever it is tried again.
        commit: full name of the commit, or empty when it was never found.
        bundle_id: the activity's id, or empty when it was never read.
        name: the activity's name, or empty when it was never read.
        version: the activity's version, or empty when it was never read.
        reason: why it ended so, in words; empty for `started` and `published`.
        rule: stable code of the broken rule for `rejected`, else empty.
        cure: what the developer can do, or empty.
        rule_url: the page that explains the rule, or empty.
        warnings: what went well but should be looked at.
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
    occurred_us: int
    commit: str = ""
    bundle_id: str = ""
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


@runtime_checkable
class Templated(Protocol):
    """What a notifier also is whose messages are templates that an operator may replace."""

    def template_problems(self) -> Iterable[ConfigProblem]:
        """Say what is wrong with them, each problem with the template's file and line, for `aslo check`."""
        ...


@runtime_checkable
class SendsTest(Protocol):
    """What a notifier offers beside `Notifier` where an operator may try whether somebody hears it."""

    def send_test(self) -> Probed:
        """Send one message that says of itself that it is a test, to those who are always told; say how it went.

        Raises:
            AsloError: it was not taken.
        """
        ...
