"""Where hostile programs are run, and what came of them: what a builder's tests give the suites of `reach` and `escapes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aslo_core.api import AsloError, BuildLimits


@dataclass(frozen=True)
class Attack:
    """What came of a hostile program.

    Attributes:
        output: what was kept of its standard output.
        log: what was passed on of its standard error.
        error: what a build would have ended with.
        seconds: how long it took.
    """

    output: str
    log: str
    error: AsloError | None
    seconds: float


class Cell(Protocol):
    """Runs hostile programs where code of others is run."""

    def run(self, code: str, limits: BuildLimits = ...) -> Attack:
        """Run a Python program to its end, whoever brings that about."""
        ...


class Jail(Cell, Protocol):
    """Runs hostile programs in the packer's place, through the very path that the packer takes."""

    def run(self, code: str, limits: BuildLimits = ..., source: bytes = b"") -> Attack:
        """See `Cell.run`; `source` is what the program finds on its standard input."""
        ...

    def survivors(self) -> list[str]:
        """Processes on the host that belong to programs of this jail."""
        ...
