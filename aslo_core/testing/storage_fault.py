"""The faults that every storage has to bear: how each is made real, and how an operation may end under it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from aslo_core.errors import Permanent, Transient
from aslo_core.testing.proxy import Fault as Break
from aslo_core.testing.storage import HOSTILE_NAMES
from aslo_core.testing.storage_place import Impostor, Trait
from aslo_core.testing.storage_scene import CONFIG_ERROR, DONE, TRANSIENT, Act, Operation, Scene
from aslo_core.types import Storage

PATIENCE = 15.0
"""Seconds that a storage waits for an answer where one comes."""
_IMPATIENCE = 2.0
"""Where none may come."""

Strike = Callable[[Scene], AbstractContextManager[Act]]
"""Puts the fault in force while its block runs and gives what is to be attempted; proves that it was in force."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        name: heading of its row in the table.
        needs: what place and operation need to have for it.
        strike: makes it real.
        ends: the words of `attempt` that an operation may end with.
        comes_into_force: whether the change is made whatever its caller is told.
        patience: how many seconds the storage waits for an answer.
    """

    name: str
    needs: Trait
    strike: Strike
    ends: Callable[[Operation], set[str]]
    comes_into_force: bool = False
    patience: float = PATIENCE


def _cut(share: float, kind: Break) -> Strike:
    """Break every connection after a share of the operation's bytes."""

    @contextmanager
    def strike(scene: Scene) -> Iterator[Act]:
        needed = scene.bytes_needed()
        scene.wire.break_after(int(needed * share), kind)
        yield scene.perform
        if not scene.wire.broken:
            # All bytes passed: their number varies a little. It breaks at the end of them, and what is kept open breaks too.
            scene.wire.break_after(0, kind)
            with pytest.raises(Transient):
                scene.storage.stat(scene.bystander.name)
        assert scene.wire.broken
        scene.wire.heal()

    return strike


@contextmanager
def _answer_lost(scene: Scene) -> Iterator[Act]:
    scene.wire.break_when(scene.is_changed)
    yield scene.perform
    assert scene.wire.broken
    scene.wire.heal()


def _full(share: float) -> Strike:
    """Leave room for a share of the object."""

    @contextmanager
    def strike(scene: Scene) -> Iterator[Act]:
        assert scene.place.full is not None
        with scene.place.full(int(scene.subject.size * share)):
            yield scene.perform

    return strike


@contextmanager
def _forbidden(scene: Scene) -> Iterator[Act]:
    assert scene.place.forbidden is not None
    with scene.place.forbidden():
        yield scene.perform


def _shown(certificate: Impostor) -> Strike:
    @contextmanager
    def strike(scene: Scene) -> Iterator[Act]:
        assert scene.place.impostor is not None
        with scene.place.impostor(certificate):
            yield scene.perform

    return strike


@contextmanager
def _wrong_size(scene: Scene) -> Iterator[Act]:
    """The object's name holds all but the last of its bytes."""
    assert scene.place.overwrite is not None
    data = scene.path.read_bytes()
    scene.place.overwrite(scene.subject.name, data[:-1])
    assert scene.place.healthy.stat(scene.subject.name) == len(data) - 1

    def stat() -> None:
        assert scene.storage.stat(scene.subject.name) == len(data) - 1

    yield stat if scene.operation is Operation.STAT else scene.perform
    if scene.operation is Operation.DELETE:
        return
    assert scene.place.healthy.stat(scene.subject.name) == len(data) - 1, "the storage overwrote what it did not write"
    if scene.operation is Operation.PUT:
        scene.place.healthy.delete(scene.subject.name)
    else:
        scene.place.overwrite(scene.subject.name, data)


@contextmanager
def _two_at_once(scene: Scene) -> Iterator[Act]:
    start = threading.Barrier(2, timeout=PATIENCE)
    other = scene.place.storage(PATIENCE)

    def act() -> None:
        with ThreadPoolExecutor(2) as threads:
            both = [threads.submit(_together, start, scene, storage) for storage in (scene.storage, other)]
        for one in both:
            one.result()

    yield act


def _together(start: threading.Barrier, scene: Scene, storage: Storage) -> None:
    start.wait()
    scene.perform_by(storage)


@contextmanager
def _hostile_name(scene: Scene) -> Iterator[Act]:
    call = scene.storage.stat if scene.operation is Operation.STAT else scene.storage.delete

    def act() -> None:
        for name in HOSTILE_NAMES[1:]:
            with pytest.raises(Permanent):
                call(name)
        call(HOSTILE_NAMES[0])

    yield act


def _only(*ends: str) -> Callable[[Operation], set[str]]:
    return lambda _operation: set(ends)


def _when_damaged(operation: Operation) -> set[str]:
    return {
        Operation.PUT: {"Permanent storage.other-bytes"},
        Operation.GET: {TRANSIENT},
    }.get(operation, {DONE})


def _when_full(operation: Operation) -> set[str]:
    return {TRANSIENT if operation is Operation.PUT else DONE}


FAULTS = (
    *(Fault(f"reset at {share:.0%}", Trait.WIRE, _cut(share, Break.RESET), _only(TRANSIENT)) for share in (0.0, 0.01, 0.5)),
    *(Fault(f"reset at {share:.0%}", Trait.WIRE, _cut(share, Break.RESET), _only(TRANSIENT, DONE)) for share in (0.99, 1.0)),
    Fault("closed at 50%", Trait.WIRE, _cut(0.5, Break.CLOSE), _only(TRANSIENT)),
    Fault("stalled at 50%", Trait.WIRE, _cut(0.5, Break.STALL), _only(TRANSIENT), patience=_IMPATIENCE),
    Fault("answer lost", Trait.WIRE | Trait.CHANGES, _answer_lost, _only(TRANSIENT, DONE), comes_into_force=True),
    # Some servers fall silent when they cannot write.
    *(Fault(f"disk full at {share:.0%}", Trait.ROOM, _full(share), _when_full, patience=_IMPATIENCE) for share in (0.0, 0.5)),
    Fault("forbidden", Trait.PERMISSIONS, _forbidden, _only(TRANSIENT, CONFIG_ERROR)),
    Fault("wrong size", Trait.TAMPERING, _wrong_size, _when_damaged),
    *(
        Fault(f"{shown.value} certificate", Trait.ENCRYPTION, _shown(shown), _only(TRANSIENT, CONFIG_ERROR))
        for shown in Impostor
    ),
    Fault("two at once", Trait(0), _two_at_once, _only(DONE)),
    Fault("hostile name", Trait.NAMES, _hostile_name, _only("Permanent storage.name-malformed")),
)
"""In the order of the table."""
