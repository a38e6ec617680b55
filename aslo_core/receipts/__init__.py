"""Proof that a storage has what it was given: read back and hashed by the core itself, whatever the storage says."""

from aslo_core.receipts.backend import Backend
from aslo_core.receipts.backends import Backends
from aslo_core.receipts.confirming import BACKEND, PUBLIC, Altered, Missing, confirm
from aslo_core.receipts.doubts import Doubts
from aslo_core.receipts.public import is_signed, lasting_address

__all__ = [
    "BACKEND",
    "PUBLIC",
    "Altered",
    "Backend",
    "Backends",
    "Doubts",
    "Missing",
    "confirm",
    "is_signed",
    "lasting_address",
]
