"""The rows of copies: what is wanted on every storage, what each has a receipt of, and how each storage stands."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from aslo_core.projections.columns import Packed
from aslo_core.types import Blob, Value

tables = MetaData()

wanted = Table(
    "copy_wanted",
    tables,
    Column("name", String, primary_key=True),
    Column("blob", Packed[Blob](Blob), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Index("copy_wanted_order", "position", "name"),
)
"""The objects of every version that was ever published; those of withdrawn ones are kept."""

receipts = Table(
    "copy_receipt",
    tables,
    Column("name", String, primary_key=True),
    Column("storage", String, primary_key=True),
    Column("verified", String, nullable=False),
    Column("release", String, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
)
"""What was read back from a storage; `release` is the stream of the release that had it stored, empty where it was copied."""

refusals = Table(
    "copy_refusal",
    tables,
    Column("name", String, primary_key=True),
    Column("storage", String, primary_key=True),
    Column("error", Text, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
)
"""Objects that a storage cannot be given, until an operator has them tried again."""

storages = Table(
    "storage",
    tables,
    Column("storage", String, primary_key=True),
    Column("retired", Boolean, nullable=False),
    Column("switched", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("retry_at_us", BigInteger, nullable=False),
    Column("emptied", Boolean, nullable=False),
    Column("compared_us", BigInteger),
    Column("position", BigInteger, nullable=False),
)
"""`position` is that of the last event about the storage or about copies on it."""


EMPTIED = (
    "nothing is there of what it had: see whether its disk is mounted and its table names the right place; if it is lost,"
    " `aslo storage verify` records that, and it is copied again"
)
"""What is said of a storage that is emptied, and what ends that."""


class StorageRow(Value):
    """How a storage stands.

    Attributes:
        storage: its name.
        retired: whether it was taken out of service.
        switched: position of the last switch to it, -1 for none.
        added: position of the last time that its table was added, -1 where that is not told.
        failures: how often copying to it failed, one after another.
        error: why it failed the last time, or empty.
        retry_at_us: before which copying to it is not tried again; 0 where nothing failed.
        emptied: whether nothing was there of what it had; until somebody looks, nothing is copied to it.
        compared_us: when what it lists was last held against its receipts, µs since 1970 UTC; None for never.
        position: position of the last event about it, -1 for none.
    """

    storage: str
    retired: bool = False
    switched: int = -1
    added: int = -1
    failures: int = 0
    error: str = ""
    retry_at_us: int = 0
    emptied: bool = False
    compared_us: int | None = None
    position: int = -1


class CopyCounts(Value):
    """How many of the objects that are wanted a storage has.

    Attributes:
        stored: those with a receipt.
        size: bytes of these.
        missing: those without, parked ones among them.
        parked: those that it cannot be given.
        parked_error: why one of these cannot, or empty.
    """

    stored: int = 0
    size: int = 0
    missing: int = 0
    parked: int = 0
    parked_error: str = ""


class CopyStanding(Value):
    """How one object stands on one storage.

    Attributes:
        stored: whether there is a receipt.
        error: why it cannot be given to the storage, or empty.
    """

    stored: bool
    error: str = ""
