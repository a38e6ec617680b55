"""What operators decided of a storage: `storage/<name>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded


@recorded("storage.added")
class StorageAdded(Event):
    """The configuration has a table for this storage; a running ASLO takes it up.

    Attributes:
        use: the plugin.
        by: the operator's name.
    """

    use: str
    by: str


@recorded("storage.switched")
class StorageSwitched(Event):
    """From now on this storage is the primary one: required of every release, and read first.

    Attributes:
        before: the storage that was the primary one; it goes on being written.
        by: the operator's name.
        reason: why, in words.
    """

    before: str
    by: str
    reason: str


@recorded("storage.retired")
class StorageRetired(Event):
    """From now on this storage is written no more, and read only for what no other one has.

    Attributes:
        by: the operator's name.
        reason: why, in words.
    """

    by: str
    reason: str


@recorded("storage.restored")
class StorageRestored(Event):
    """A retired storage is in service again, and gets what it lacks.

    Attributes:
        by: the operator's name.
        reason: why, in words.
    """

    by: str
    reason: str


@recorded("storage.verified")
class StorageVerified(Event):
    """Everything that should lie on this storage was read again.

    Attributes:
        objects: how many were as they should be.
        size: bytes of these.
        missing: how many were not there, of those that the log had a receipt for.
        altered: how many were there with other bytes.
        found: how many were there, as they should be, without a receipt; they have one now.
        waiting: how many were neither there nor expected there yet.
        extra: how many lay there that nothing published needs.
        deleted: how many of these were deleted.
        by: the operator's name.
    """

    objects: int
    size: int
    missing: int
    altered: int
    found: int
    waiting: int
    extra: int
    deleted: int
    by: str
