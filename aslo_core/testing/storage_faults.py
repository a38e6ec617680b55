"""What every storage has to hold when something goes wrong, as tests that a plugin adopts by giving a place.

All of a plugin's test, for a storage that nothing can be done to from outside:

    class TestFaults(StorageFaults):
        traits = Trait(0)

        @pytest.fixture
        def place(self, tmp_path: Path) -> Place:
            def storage(patience: float) -> Storage:
                return create(ExampleOptions(path=tmp_path / "bundles", timeout_seconds=patience), context)

            return Place(backend="example", storage=storage, healthy=storage(10))

Each further means that `Place` is given brings the faults that need it, and its trait. What each storage did comes out as a
table with `--storage-matrix` (see `aslo_core.testing.storage_matrix`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from aslo_core.testing.storage import Make, MakesFiles, some_bytes
from aslo_core.testing.storage_fault import FAULTS, Fault
from aslo_core.testing.storage_matrix import Row, record
from aslo_core.testing.storage_place import Place, Trait
from aslo_core.testing.storage_scene import DONE, TRANSIENT, Operation, Scene, attempt

_WAITS = 8
"""How many answers of a dead peer a storage may wait for before it gives up, those of its cleaning up among them."""


@dataclass(frozen=True)
class Cell:
    """One operation under one fault."""

    operation: Operation
    fault: Fault

    def missing(self, traits: Trait) -> Trait:
        """What it needs and neither the operation nor a place with these traits has."""
        return self.fault.needs & ~(traits | self.operation.traits)

    def row(self, place: Place, outcome: str) -> Row:
        """Its row in the table."""
        return Row(CELLS.index(self), place.backend, self.operation.value, self.fault.name, outcome)

    def __str__(self) -> str:
        return f"{self.operation.value}-{self.fault.name}"


CELLS = tuple(Cell(operation, fault) for fault in FAULTS for operation in Operation)


class StorageFaults(MakesFiles):
    """Faults, each with every operation. Give it a fixture `place`, and the traits that this place has.

    Attributes:
        traits: what the place has, which decides which faults there are.
    """

    traits: ClassVar[Trait]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each cell that can be."""
        if "cell" in metafunc.fixturenames:
            metafunc.parametrize("cell", [cell for cell in CELLS if not cell.missing(self.traits)], ids=str)

    def test_a_fault_does_no_lasting_harm(
        self, place: Place, make: Make, cell: Cell, record_property: Callable[[str, object], None]
    ) -> None:
        """The call ends in time, as the Protocol says; nothing partial shows, nothing is lost, and trying again does it."""
        fault = cell.fault
        scene = Scene(
            place, cell.operation, place.storage(fault.patience), *make(some_bytes(120_001)), *make(some_bytes(20_002))
        )
        scene.set()
        with fault.strike(scene) as act:
            began = time.monotonic()
            did = attempt(act)
            seconds = time.monotonic() - began
        after = scene.state()
        again = attempt(scene.perform)
        record(record_property, cell.row(place, f"{did} · {after} · {again}"))
        assert did in fault.ends(cell.operation)
        assert after in ({scene.afterwards} if did == DONE or fault.comes_into_force else {scene.before, scene.afterwards})
        assert did in {DONE, TRANSIENT} or after == scene.before
        assert seconds < _WAITS * fault.patience
        assert again == DONE
        assert scene.state() == scene.afterwards

    def test_the_table_tells_what_cannot_be(self, place: Place, record_property: Callable[[str, object], None]) -> None:
        """A cell without a test names the trait that is missing."""
        assert self.traits == place.traits
        for cell in CELLS:
            if missing := cell.missing(self.traits):
                names = ", ".join(str(trait.name) for trait in Trait if trait in missing)
                record(record_property, cell.row(place, f"no {names}"))
