"""What each case of a command tells, and how a command is called."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

from aslo_core.testing.prepared_aslo import Ended, run_aslo
from tests.crash.case import PATIENCE_S
from tests.crash.running import python_path
from tests.crash.scene import Scene


class Case(Protocol):
    """What was made ready for a command."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What stands behind `aslo`."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Its variables, beside those of this process."""
        ...

    def killed(self) -> Iterator[str]:
        """Give a sentence for what does not hold once it was killed."""
        ...

    def done(self, again: Ended) -> Iterator[str]:
        """Give a sentence for what does not hold once it was called again, and ended so."""
        ...


def aslo(made: Scene, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})) -> Ended:
    """Call `aslo` with these arguments where that was made, and with these variables beside those of this process."""
    path = os.pathsep.join(python_path())
    return run_aslo(arguments, made.folder, {**os.environ, "PYTHONPATH": path, **environment}, PATIENCE_S)
