"""What the status pages tell, on pages and as JSON. Fields are only ever added.

Times are RFC 3339 in UTC; a field ending in `_url` is a reference to resolve against the page's own address, and empty where
there is none. Texts may be those of developers: escape them.
"""

from __future__ import annotations

from datetime import datetime

from aslo_core.types import Isolation, Value
from aslo_core.web.catalogue_values import PersonAnswer, RepositoryAnswer
from aslo_core.web.source_answers import SourceAnswer
from aslo_core.web.storage_answers import StorageAnswer


class DeliveryAnswer(Value):
    """One delivery of a source.

    `decision` is `accepted`, `ignored` or `refused`; `release` is the stream that it told of; `release_url` is empty unless it
    was accepted, since a delivery that is ignored may tell of a release that is not known here; `reconciled` tells
    whether nobody brought it: ASLO found it when it asked the source.
    """

    source: str
    id: str
    received_at: datetime
    decision: str
    trigger: str
    reason: str
    repository: RepositoryAnswer | None
    tag: str
    release: str
    body_digest: str
    body_size: int
    page_url: str
    release_url: str
    reconciled: bool


class ReleaseBrief(Value):
    """A release in a list.

    `ended` tells whether its newest run is over; `why` is the reason or what was found, or empty;
    `queue_position` is its place among what waits for its turn, from 1, or null.
    """

    stream: str
    repository: RepositoryAnswer
    tag: str
    state: str
    ended: bool
    run: int
    step: str
    name: str
    bundle_id: str
    version: str
    why: str
    updated_at: datetime
    page_url: str
    queue_position: int | None


class StatusAnswer(Value):
    """How things stand: the releases that changed last, the newest deliveries, and how many releases are in each state.

    `queue_length` is how many wait for their turn; `paused` says why none is begun for now, each reason in words; `sources` are
    those that are asked what no delivery told.
    """

    position: int
    counts: dict[str, int]
    state: str
    releases: tuple[ReleaseBrief, ...]
    deliveries: tuple[DeliveryAnswer, ...]
    older_url: str
    queue_length: int
    paused: tuple[str, ...]
    sources: tuple[SourceAnswer, ...]


class TimelineEntry(Value):
    """One event of a release. `position` is its place in the log, `name` its stable name."""

    position: int
    recorded_at: datetime
    run: int
    attempt: int | None
    name: str
    sentence: str


class AttemptLog(Value):
    """What one attempt wrote. `text` is its end, made harmless; `cut` tells whether something stands before it.

    While it goes on, `live_url` is the stream of what it writes, and `after` the id in it up to which `text` has all whole
    lines.
    """

    attempt: int
    run: int
    step: str
    text: str
    cut: bool
    log_url: str
    live_url: str = ""
    after: int = 0


class NoticeAnswer(Value):
    """What one notifier was told or is still to be told. `state` is `pending`, `sent` or `failed`."""

    notifier: str
    kind: str
    run: int
    state: str
    tries: int
    error: str
    changed_at: datetime
    seen_url: str


class ReleaseAnswer(Value):
    """Where a release stands, all about its newest run unless said otherwise.

    `state` is one of `queued`, `working`, `waiting`, `published`, `unchanged`, `rejected`, `failed`, `cancelled`, `withdrawn`;
    `rule`, `found`, `cure` and `rule_url` are told when it was rejected, `ended_by` and `reason` when it was cancelled or
    withdrawn, and `hold` says who can lift the hold on a withdrawn one, `host` or `operator`; `published_version` is what this
    release has published in any run. `queue_position` is its place among the `queue_length` that wait for their turn, from 1;
    null and 0 where it waits for none. `paused` says why none is begun for now.
    """

    stream: str
    repository: RepositoryAnswer
    release_id: str
    tag: str
    title: str
    author: PersonAnswer
    prerelease: bool
    state: str
    ended: bool
    run: int
    trigger: str
    step: str
    attempt: int
    failures: int
    due_at: datetime | None
    announced_at: datetime
    updated_at: datetime
    builder: str
    isolation: Isolation | None
    commit: str
    commit_url: str
    bundle_id: str
    name: str
    version: str
    published_bundle_id: str
    published_version: str
    rule: str
    found: str
    cure: str
    reason: str
    ended_by: str
    hold: str
    warnings: tuple[str, ...]
    stored: tuple[str, ...]
    storages: tuple[StorageAnswer, ...]
    timeline: tuple[TimelineEntry, ...]
    logs: tuple[AttemptLog, ...]
    notices: tuple[NoticeAnswer, ...]
    deliveries: tuple[DeliveryAnswer, ...]
    page_url: str
    host_url: str
    activity_url: str
    rule_url: str
    queue_position: int | None
    queue_length: int
    paused: tuple[str, ...]
