"""The five operations of a storage, each with what is there before, the right answer, and what is there afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from aslo_core.errors import ConfigError, Permanent, Transient
from aslo_core.testing.proxy import BreakingProxy
from aslo_core.testing.storage import content
from aslo_core.testing.storage_place import Place, Trait
from aslo_core.types import Blob, Storage

DONE, TRANSIENT, CONFIG_ERROR = "done", "Transient", "ConfigError"
WHOLE, ABSENT = "whole", "absent"

Act = Callable[[], None]


class Operation(Enum):
    """What a storage does."""

    PUT = "put"
    GET = "get"
    STAT = "stat"
    DELETE = "delete"
    LIST = "list"

    @property
    def traits(self) -> Trait:
        """What faults may need of it."""
        traits = Trait(0)
        if self in (Operation.PUT, Operation.DELETE):
            traits |= Trait.CHANGES
        if self in (Operation.STAT, Operation.DELETE):
            traits |= Trait.NAMES
        return traits


@dataclass(frozen=True)
class Scene:
    """A place with two objects in it: one that the operation is about, and one that nothing must ever happen to.

    Attributes:
        place: where.
        operation: what is tried.
        storage: the one under test, the same before, during and after the fault.
        subject: the object that it is about. There is none yet before PUT.
        path: file with its bytes.
        bystander: the other object.
        bystander_path: file with its bytes.
    """

    place: Place
    operation: Operation
    storage: Storage
    subject: Blob
    path: Path
    bystander: Blob
    bystander_path: Path

    def set(self) -> None:
        """Make it so. The storage under test shows that it works."""
        self.place.healthy.put(self.bystander, self.bystander_path)
        if self.operation is not Operation.PUT:
            self.place.healthy.put(self.subject, self.path)
        assert self.storage.stat(self.bystander.name) == self.bystander.size

    @property
    def wire(self) -> BreakingProxy:
        """The place's wire, of those that have one."""
        assert self.place.wire is not None
        return self.place.wire

    @property
    def before(self) -> str:
        """State of the subject before the operation."""
        return ABSENT if self.operation is Operation.PUT else WHOLE

    @property
    def afterwards(self) -> str:
        """State of the subject once the operation is done."""
        return ABSENT if self.operation is Operation.DELETE else WHOLE

    def perform(self) -> None:
        """Do it, by the storage under test."""
        self.perform_by(self.storage)

    def perform_by(self, storage: Storage) -> None:
        """Do it, and make sure that an answer is the right one."""
        match self.operation:
            case Operation.PUT:
                storage.put(self.subject, self.path)
            case Operation.GET:
                assert content(storage, self.subject) == self.path.read_bytes()
            case Operation.STAT:
                assert storage.stat(self.subject.name) == self.subject.size
            case Operation.DELETE:
                storage.delete(self.subject.name)
            case Operation.LIST:
                assert sorted(storage.names()) == sorted([self.subject.name, self.bystander.name])

    def bytes_needed(self) -> int:
        """Do it over a wire that holds, undo it, and tell how many bytes went over the wire."""
        self.wire.heal()
        self.perform()
        needed = self.wire.passed
        if self.operation is Operation.PUT:
            self.place.healthy.delete(self.subject.name)
        if self.operation is Operation.DELETE:
            self.place.healthy.put(self.subject, self.path)
        return needed

    def is_changed(self) -> bool:
        """Whether the operation, which is one that changes something, has come into force."""
        return (self.place.healthy.stat(self.subject.name) is None) == (self.operation is Operation.DELETE)

    def state(self) -> str:
        """See, on a way that nothing was done to, that all is whole that is there, and tell whether the subject is."""
        healthy = self.place.healthy
        assert content(healthy, self.bystander) == self.bystander_path.read_bytes()
        there = {self.bystander.name}
        size = healthy.stat(self.subject.name)
        if size is not None:
            there.add(self.subject.name)
            assert size == self.subject.size
        assert sorted(healthy.names()) == sorted(there)
        try:
            assert content(healthy, self.subject) == self.path.read_bytes()
        except KeyError:
            assert size is None
            return ABSENT
        assert size is not None
        return WHOLE


def attempt(act: Act) -> str:
    """Do it, and tell how it ended, in the words of the table."""
    try:
        act()
    except Transient:
        return TRANSIENT
    except ConfigError:
        return CONFIG_ERROR
    except Permanent as error:
        return f"Permanent {error.rule}"
    return DONE
