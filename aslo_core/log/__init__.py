"""The append-only event log: the only writer of events, and their readers. Its format: docs/reference/log-format.md."""

from aslo_core.log.database import Where
from aslo_core.log.draft import Entry
from aslo_core.log.errors import IdempotencyConflict, LogNotReady, LogUnavailable, VersionConflict
from aslo_core.log.eventlog import EventLog
from aslo_core.log.outcome import Appended

__all__ = [
    "Appended",
    "Entry",
    "EventLog",
    "IdempotencyConflict",
    "LogNotReady",
    "LogUnavailable",
    "VersionConflict",
    "Where",
]
