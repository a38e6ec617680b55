"""Finds every failpoint, and every call that has to have one, in the text of the program: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTED = ROOT / "docs" / "reference" / "failpoints.md"

EXEMPT: Mapping[tuple[str, str], str] = {
    ("aslo_core/bootstrap/lint.py", "_inspect"): "`aslo lint`, which leaves nothing but what it says",
    ("aslo_core/probing/builders.py", "*"): "test builds of `aslo check --probe`, which leave nothing",
    ("aslo_core/probing/storages.py", "*"): "a test object of `aslo check --probe`, which the next probe removes",
    ("aslo_core/log/postgresql/database.py", "snapshot"): "a transaction that only reads",
    ("aslo_core/log/postgresql/append.py", "write"): "is called by PostgresDatabase.append, between its points",
    ("plugins/builder_docker/aslo_builder_docker/containers.py", "*"): "`begin` of a session is no transaction",
    ("aslo_core/jobs/redis_broker.py", "enqueue"): "is called by make_doorbell, between its points",
    ("plugins/storage_s3/aslo_storage_s3/storage.py", "_create"): "is called by _upload, between its points",
    ("plugins/storage_ftp/aslo_storage_ftp/leftovers.py", "sweep"): "what is removed is nobody's for a day",
    ("plugins/storage_local/aslo_storage_local/descriptors.py", "temporary_copy"): "a death before it leaves what is swept",
    ("plugins/storage_local/aslo_storage_local/folder.py", "_sweep"): "what is removed is nobody's for a day",
}
"""File and function (`*` for all of the file) → why a call there needs no point of its own."""


@dataclass(frozen=True)
class Point:
    """A failpoint.

    Attributes:
        name: its name.
        file: where, relative to the repository.
        function: in which function.
        line: at which line.
    """

    name: str
    file: str
    function: str
    line: int


@dataclass(frozen=True)
class Call:
    """A commit, send, outside effect or rename.

    Attributes:
        what: which of the patterns it is.
        file, function, line: where.
    """

    what: str
    file: str
    function: str
    line: int


def _owner(call: ast.Call) -> str:
    """Last name before the method's: `storage` of `self.storage.put(…)`."""
    value = call.func.value if isinstance(call.func, ast.Attribute) else None
    return value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""


def _says(call: ast.Call, text: str) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == text


PATTERNS: Mapping[str, Callable[[str, ast.Call], bool]] = {
    "commit": lambda name, call: (
        (name in {"begin", "transaction", "commit"} and not call.args) or (name == "execute" and _says(call, "COMMIT"))
    ),
    "broker send": lambda name, _: name == "enqueue",
    "rename": lambda name, call: (
        (name == "rename" and bool(call.args))
        or (name == "replace" and len(call.args) == 1 and not call.keywords)
        or (name in {"replace", "rename", "link"} and _owner(call) == "os")
    ),
    "source fetch": lambda name, call: name == "fetch" and _owner(call) == "source",
    "builder run": lambda name, call: (name == "build" and _owner(call) == "builder") or name == "inspect_confined",
    "storage put or delete": lambda name, call: name in {"put", "delete"} and _owner(call) in {"storage", "_store", "ftp"},
    "upload": lambda name, call: name == "transfercmd" and isinstance(call.args[0], ast.JoinedStr) and "STOR" in ast.dump(call),
    "notify": lambda name, _: name in {"notify", "create_comment", "create_status"},
    "removed comment": lambda name, call: name == "delete" and _owner(call) == "double",
    "removed file": lambda name, call: name == "unlink" and _owner(call) == "os",
    "post": lambda name, call: name == "_send" and len(call.args) == 5,
    "mail": lambda name, call: name == "data" and _owner(call) == "connection",
}


def points(root: Path = ROOT) -> list[Point]:
    """Find every failpoint, in the order of files and lines.

    Raises:
        AssertionError: one has no literal for its name.
    """
    return [
        Point(_literal(call, file), file, function, call.lineno)
        for file, function, call in _calls(root)
        if _name(call) == "failpoint"
    ]


def effects(root: Path = ROOT) -> list[Call]:
    """Find every call that changes something that outlives the process."""
    return [
        Call(what, file, function, call.lineno)
        for file, function, call in _calls(root)
        for what, is_one in PATTERNS.items()
        if is_one(_name(call), call)
    ]


def unguarded(root: Path = ROOT) -> list[Call]:
    """Those calls that have no failpoint before them or none after them in their function, and no reason for that."""
    by_function: dict[tuple[str, str], list[int]] = {}
    for point in points(root):
        by_function.setdefault((point.file, point.function), []).append(point.line)
    found = []
    for call in effects(root):
        if {(call.file, call.function), (call.file, "*")} & EXEMPT.keys():
            continue
        lines = by_function.get((call.file, call.function), [])
        # A transaction commits at the end of its block, so both of its points stand behind the call.
        before = any(line < call.line for line in lines) or call.what == "commit"
        if not (before and any(line > call.line for line in lines)):
            found.append(call)
    return found


def page(root: Path = ROOT) -> str:
    """The reference page."""
    rows = "".join(f"| `{point.name}` | `{point.file}`, `{point.function}` |\n" for point in points(root))
    return _PAGE.format(rows=rows)


_PAGE = """\
# Failpoints

Moments at which a test can end ASLO as a power cut would: before and after each commit, send, outside effect and rename.
`ASLO_FAILPOINT=name:n` in the environment of a process kills it when it comes to the point `name` for the n-th time;
`ASLO_FAILPOINT_TRACE=file` writes down every point that it comes to. `make crash` goes through them; see
[CONTRIBUTING](../../CONTRIBUTING.md). This page is written by `python -m tests.crash.call_sites`.

| point | where |
| --- | --- |
{rows}"""


@cache
def _calls(root: Path) -> Sequence[tuple[str, str, ast.Call]]:
    """File, function and call, of all calls of the program and its plugins."""
    return list(_read(root))


def _read(root: Path) -> Iterator[tuple[str, str, ast.Call]]:
    places = [root / "aslo_core", *sorted((root / "plugins").glob("*/aslo_*"))]
    for path in sorted(path for place in places for path in place.rglob("*.py")):
        file = path.relative_to(root).as_posix()
        if "/testing" not in file:
            yield from ((file, function, call) for function, call in _within(ast.parse(path.read_text()), ""))


def _within(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield function, child
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _within(child, child.name if is_function else function)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _literal(call: ast.Call, file: str) -> str:
    assert len(call.args) == 1, f"{file}:{call.lineno}"
    assert isinstance(call.args[0], ast.Constant), f"{file}:{call.lineno}: the name of a failpoint is a literal"
    return str(call.args[0].value)


if __name__ == "__main__":
    LISTED.write_text(page())
