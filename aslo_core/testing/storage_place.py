"""Where a storage keeps its objects in a test, and the means to do harm to it, of which each storage gives those there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, Flag, auto

from aslo_core.testing.proxy import BreakingProxy
from aslo_core.types import Storage


class Trait(Flag):
    """What a place or an operation has that a fault may need. A fault that lacks one cannot be.

    Attributes:
        WIRE: it is reached through `wire`.
        ENCRYPTION: it can show an `impostor`.
        ROOM: it can be `full`.
        PERMISSIONS: it can be `forbidden`.
        TAMPERING: its objects can be altered by `overwrite`.
        CHANGES: of an operation: it changes something.
        NAMES: of an operation: it takes a name as text.
    """

    WIRE = auto()
    ENCRYPTION = auto()
    ROOM = auto()
    PERMISSIONS = auto()
    TAMPERING = auto()
    CHANGES = auto()
    NAMES = auto()


WHY_NOT: Mapping[Trait, str] = {
    Trait.WIRE: "the place is not reached over a connection, which alone could break",
    Trait.ENCRYPTION: "no certificate is shown",
    Trait.ROOM: "its room cannot be used up in a test",
    Trait.PERMISSIONS: "nothing can be forbidden in a test",
    Trait.TAMPERING: "nobody but the storage itself can change what it holds",
    Trait.CHANGES: "the operation changes nothing that could be done unknown to its caller",
    Trait.NAMES: "the operation takes no name as text: a `Blob` cannot have a hostile one",
}
"""Why a fault cannot be where the trait is missing."""


class Impostor(Enum):
    """A certificate that is not to be trusted.

    Attributes:
        EXPIRED: its time is over.
        WRONG_HOST: it is of another host.
    """

    EXPIRED = "expired"
    WRONG_HOST = "wrong host"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place, empty at the start of each test. What is None cannot be done to it.

    Attributes:
        backend: heading of its column in the table.
        storage: makes the storage under test, over the wire where there is one; it gets how many seconds it may wait for any
            answer.
        healthy: a storage of the same objects that no fault of the wire touches.
        wire: what the storages that `storage` makes are reached through, and nothing else.
        overwrite: puts other bytes under an object's name, behind the storage's back.
        full: leaves room for so many bytes while its block runs. For a storage that runs in the test's own process it is
            `disk.full` of the fixture `disk`, below whose `disk.folder` the storage then keeps its objects; a server is started
            by `disk.command`, and sees the disk at `disk.inside`.
        forbidden: refuses everything to the storage, but not the login, while its block runs.
        impostor: shows this certificate, which the storage's options trust in all other respects, while its block runs.
    """

    backend: str
    storage: Callable[[float], Storage]
    healthy: Storage
    wire: BreakingProxy | None = None
    overwrite: Callable[[str, bytes], None] | None = None
    full: Callable[[int], AbstractContextManager[None]] | None = None
    forbidden: Callable[[], AbstractContextManager[None]] | None = None
    impostor: Callable[[Impostor], AbstractContextManager[None]] | None = None

    @property
    def traits(self) -> Trait:
        """What its means allow."""
        given = {
            Trait.WIRE: self.wire,
            Trait.TAMPERING: self.overwrite,
            Trait.ROOM: self.full,
            Trait.PERMISSIONS: self.forbidden,
            Trait.ENCRYPTION: self.impostor,
        }
        traits = Trait(0)
        for trait, means in given.items():
            if means is not None:
                traits |= trait
        return traits
