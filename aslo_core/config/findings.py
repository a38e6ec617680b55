"""What was found wrong in a file so far."""

from __future__ import annotations

from aslo_core.config.document import Document
from aslo_core.config.lines import KeyPath
from aslo_core.errors import ConfigProblem


class Findings:
    """Collects problems, with which ASLO cannot start, and warnings, with which it can.

    Args:
        document: the file that they are about.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._problems: list[tuple[KeyPath, ConfigProblem]] = []
        self._warnings: list[ConfigProblem] = []

    def problem(self, key: KeyPath, found: str, allowed: str) -> None:
        """Add a problem: what was found at a key, and what is allowed there."""
        self._problems.append((key, self._document.problem(key, found, allowed)))

    def warning(self, key: KeyPath, found: str, better: str) -> None:
        """Add a warning: what was found at a key, and what would be better."""
        self._warnings.append(self._document.problem(key, found, better))

    def told(self, key: KeyPath) -> bool:
        """Whether there is a problem at a key or below it, so that another one would only repeat it."""
        return any(place[: len(key)] == key for place, _ in self._problems)

    @property
    def problems(self) -> list[ConfigProblem]:
        """The problems in the order of the file; at the end those of what is not in it."""
        return _in_order([problem for _, problem in self._problems])

    @property
    def warnings(self) -> list[ConfigProblem]:
        """The warnings in the order of the file."""
        return _in_order(self._warnings)


def _in_order(problems: list[ConfigProblem]) -> list[ConfigProblem]:
    return sorted(problems, key=lambda problem: (problem.line == 0, problem.line))
