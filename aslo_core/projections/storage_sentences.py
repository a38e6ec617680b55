"""What an event of a storage says to people, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aslo_core.events import (
    CopiesCompared,
    CopiesDelayed,
    CopiesLost,
    CopiesReceived,
    CopyRefused,
    Event,
    StorageAdded,
    StorageRestored,
    StorageRetired,
    StorageSwitched,
    StorageVerified,
)
from aslo_core.projections.words import counted, proved


def _copies_received(event: CopiesReceived) -> str:
    size = sum(blob.size for blob in event.objects)
    return f"{counted(len(event.objects), 'object')} arrived ({size:,} bytes), {proved(event.verified)}."


def _copies_lost(event: CopiesLost) -> str:
    return f"{counted(len(event.missing), 'object')} not there any more, {counted(len(event.altered), 'object')} altered."


def _copies_compared(event: CopiesCompared) -> str:
    if event.emptied:
        return (
            f"Nothing is there of {counted(event.missing, 'object')} that it had; none is taken for lost until somebody looks."
        )
    return f"It lists {counted(event.there, 'object')} of those that it had; {event.missing:,} are missing."


def _copies_delayed(event: CopiesDelayed) -> str:
    return f"Copying came to nothing (try {event.failures}) and will be repeated: {event.error}"


def _copy_refused(event: CopyRefused) -> str:
    return f"Object {event.blob.name} cannot be copied there: {event.error}"


def _storage_added(event: StorageAdded) -> str:
    return f"It is added to the configuration by {event.by}, with plugin {event.use}."


def _storage_switched(event: StorageSwitched) -> str:
    return f"It is the primary storage from now on, in place of {event.before}, by {event.by}: {event.reason}"


def _storage_retired(event: StorageRetired) -> str:
    return f"It is retired by {event.by}: {event.reason}"


def _storage_restored(event: StorageRestored) -> str:
    return f"It is in service again, by {event.by}: {event.reason}"


def _storage_verified(event: StorageVerified) -> str:
    sound = f"{counted(event.objects, 'object')} ({event.size:,} bytes) as they should be"
    wrong = f"{event.missing:,} missing, {event.altered:,} altered, {event.extra:,} extra, of which {event.deleted:,} deleted"
    return f"Everything was read again by {event.by}: {sound}; {wrong}; {event.found:,} found without a receipt."


STORAGE_SENTENCES: Mapping[type[Event], Callable[[Any], str]] = MappingProxyType(
    {
        CopiesReceived: _copies_received,
        CopiesLost: _copies_lost,
        CopiesCompared: _copies_compared,
        CopiesDelayed: _copies_delayed,
        CopyRefused: _copy_refused,
        StorageAdded: _storage_added,
        StorageSwitched: _storage_switched,
        StorageRetired: _storage_retired,
        StorageRestored: _storage_restored,
        StorageVerified: _storage_verified,
    }
)
"""Each type of event, and what says it."""
