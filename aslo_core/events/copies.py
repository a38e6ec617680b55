"""Copies on a storage beyond what the steps of a release record: `copies/<storage>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded
from aslo_core.types import Blob


@recorded("copies.received")
class CopiesReceived(Event):
    """The storage has these objects: each was read back and hashed.

    Attributes:
        objects: what it has.
        verified: how it was read back: `backend` or `public`.
    """

    objects: tuple[Blob, ...]
    verified: str


@recorded("copies.lost")
class CopiesLost(Event):
    """The storage does not have these objects any more, or not as they were; what is needed of them is copied again.

    Attributes:
        missing: those that are not there.
        altered: those that had other bytes.
    """

    missing: tuple[Blob, ...]
    altered: tuple[Blob, ...]


@recorded("copies.compared")
class CopiesCompared(Event):
    """What the storage lists was held against its receipts.

    Attributes:
        there: how many objects with a receipt are there.
        missing: how many are not.
        emptied: whether that are all of them. Then none was taken for lost: a disk may not be mounted, which an operator knows.
    """

    there: int
    missing: int
    emptied: bool


@recorded("copies.delayed")
class CopiesDelayed(Event):
    """Nothing could be copied to the storage; it is tried again by itself.

    Attributes:
        failures: how often it failed, one after another.
        error: why, in words.
        retry_at_us: when it is due again.
    """

    failures: int
    error: str
    retry_at_us: int


@recorded("copy.refused")
class CopyRefused(Event):
    """One object cannot be copied to the storage; it is tried again only when an operator asks for it.

    Attributes:
        blob: the object.
        error: why, in words, and what is to be done.
    """

    blob: Blob
    error: str
