"""What can go wrong between a caller and the log."""

from __future__ import annotations

from aslo_core.errors import AsloError, Conflict, Permanent, Transient


class LogUnavailable(Transient):
    """The log cannot be written or read now: disk full, locked, read-only, damaged. The message says which and what to do."""


class LogInterrupted(LogUnavailable):
    """What was under way was cut off by the database or on the way to it: trying again may do."""


class AppendRefused(Permanent):
    """The database takes a row of an append for impossible: rule `log.refused`. Nothing was written of what came with it.

    Args:
        reason: the database's words.
    """

    def __init__(self, reason: str) -> None:
        cure = "This is a fault of ASLO's own: report it with this message."
        super().__init__("log.refused", f"The database refused an append: {reason}.", cure)


class LogNotReady(AsloError):
    """The log cannot be used until an operator acts: absent, damaged, due for migration, newer than this program, unguarded."""


def damaged(name: str, found: str) -> LogNotReady:
    """Tell of a log that has to be restored.

    Args:
        name: of its database.
        found: what is wrong with it.
    """
    return LogNotReady(
        f"the log {name} is damaged ({found}): let nothing write to it, keep a copy as it is, restore the log from the backup"
    )


class VersionConflict(Conflict):
    """A stream is not at the version that the append was decided on; nothing was appended.

    Attributes:
        stream: name of the stream.
        expected: version that the caller expected, 0 for a new stream.
        actual: version that the stream has.
    """

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} is at version {actual}, not {expected}: load it again and decide anew")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class IdempotencyConflict(Conflict):
    """The idempotency key was used before, for something else; nothing was appended.

    Attributes:
        source: the source that the key is unique within.
        key: the idempotency key.
        position: position of the first event that was appended with it.
    """

    def __init__(self, source: str, key: str, position: int) -> None:
        super().__init__(
            f"key {key!r} of source {source!r} was used at position {position} for other events:"
            " the same key must always come with the same content"
        )
        self.source = source
        self.key = key
        self.position = position
