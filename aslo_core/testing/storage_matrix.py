"""The table of what each storage did under each fault: a plugin of pytest.

Write `pytest_plugins = ["aslo_core.testing.storage_matrix"]` into the topmost `conftest.py`. `--storage-matrix FILE` then
writes what the run's `StorageFaults` found, as a table in Markdown; `-` prints it at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

from aslo_core.testing.storage_place import WHY_NOT

_PROPERTY = "storage-matrix"
_INTRODUCTION = """\
# What each storage does when something goes wrong

Each cell: how the operation ended · what was there afterwards · how the same operation ended once all was well again.
"""
_LEGEND = "A cell that begins with *no* cannot be, since what it names is missing:\n"


@dataclass(frozen=True)
class Row:
    """What one storage did with one operation under one fault.

    Attributes:
        number: where in the table it stands.
        backend: heading of its column.
        operation: what was tried.
        fault: under what.
        outcome: text of the cell.
    """

    number: int
    backend: str
    operation: str
    fault: str
    outcome: str


def record(record_property: Callable[[str, object], None], row: Row) -> None:
    """Hand a row to the table, from whatever process the test runs in."""
    record_property(_PROPERTY, list(astuple(row)))


def table(rows: Iterable[Row]) -> str:
    """Lay rows out with a column for each backend."""
    rows = sorted(rows, key=lambda row: row.number)
    backends = sorted({row.backend for row in rows})
    found = {(row.operation, row.fault, row.backend): row.outcome for row in rows}
    lines = [["operation", "fault", *backends], ["---"] * (2 + len(backends))]
    for operation, fault in dict.fromkeys((row.operation, row.fault) for row in rows):
        lines.append([operation, fault, *(found.get((operation, fault, backend), "not run") for backend in backends)])
    body = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    legend = "".join(f"- `{trait.name}`: {reason}.\n" for trait, reason in WHY_NOT.items())
    return f"{_INTRODUCTION}\n{body}\n{_LEGEND}\n{legend}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--storage-matrix`."""
    parser.addoption("--storage-matrix", metavar="FILE", help="write the table of storages and faults to FILE; - prints it")


def pytest_configure(config: pytest.Config) -> None:
    """Collect rows where they are asked for; with pytest-xdist in the process that the others report to."""
    target = config.getoption("--storage-matrix")
    if target and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Collector(target))


class _Collector:
    def __init__(self, target: str) -> None:
        self._target = target
        self._rows: list[Row] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self._rows += [Row(*value) for name, value in report.user_properties if name == _PROPERTY]  # type: ignore[misc]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._rows:
            return
        text = table(self._rows)
        if self._target == "-":
            terminalreporter.write_line(text)
            return
        path = Path(self._target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        terminalreporter.write_line(f"storages and faults: {path}")
