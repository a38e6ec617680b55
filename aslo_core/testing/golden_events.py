"""Golden files: for every version of every type of event bodies as they were once written, and what is read from them.

    python -m aslo_core.testing.golden_events FOLDER

writes those that are missing. A file is never changed: it stands for what lies in the logs of whoever ran that version.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import msgspec

from aslo_core.events import EVENT_TYPES, Event, EventTypes, Retired, Versioned
from aslo_core.testing.event_examples import examples

Fields = dict[str, Any]
"""A struct by the names that its fields have in Python, down to what JSON can hold."""

CHANGED = (
    "What was released stays as it is, and so does its golden file: undo this, or make a new version of the event "
    "('A new version of an event' in CONTRIBUTING.md)."
)
GONE = "Bodies like those in the golden file lie in logs for good: bring the class back."
MISSING = "If the version is new, write its golden file with `make golden`, and commit it; else bring the file back."


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event.

    Attributes:
        body: the text whose bytes were written to the log.
        fields: what is read from it.
    """

    body: str
    fields: Fields


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in a golden file.

    Attributes:
        name: name of the type.
        version: the version.
        schema: JSON Schema of its bodies, without titles and descriptions.
        examples: events of that version.
        upcast: older version → what the examples in its file become in this version, in their order.
    """

    name: str
    version: int
    schema: dict[str, Any]
    examples: tuple[Example, ...]
    upcast: dict[str, tuple[Fields, ...]]

    @property
    def file_name(self) -> str:
        """Name of its file."""
        return f"{self.name}.v{self.version}.json"


Goldens = Mapping[tuple[str, int], Golden]


def write_missing(types: EventTypes, folder: Path) -> list[Path]:
    """Write a golden file for each current version that has none, and return those written; none is ever overwritten."""
    there = _read(folder)
    written = []
    for chain in types.by_name.values():
        newest = chain[-1]
        if issubclass(newest, Event) and (newest.event_name, newest.event_version) not in there:
            golden = _golden(types, newest, there)
            written.append(folder / golden.file_name)
            with written[-1].open("x", encoding="ascii") as file:
                file.write(_text(golden) + "\n")
    return written


def faults(types: EventTypes, folder: Path) -> Iterator[str]:
    """Tell where types of event and their golden files differ, each time with what to do."""
    there = _read(folder)
    versions = {(name, cls.event_version): cls for name, chain in types.by_name.items() for cls in chain}
    for lost in sorted(there.keys() - versions.keys()):
        yield f"{there[lost].file_name}: no class has that name and version. {GONE}"
    for named, cls in versions.items():
        if named in there:
            yield from (f"{there[named].file_name}: {fault}" for fault in _faults(types, cls, there))
        else:
            yield f"{cls.event_name}.v{cls.event_version}.json is missing. {MISSING}"


def _faults(types: EventTypes, cls: type[Versioned], there: Goldens) -> Iterator[str]:
    golden = there[cls.event_name, cls.event_version]
    if difference := _difference(golden.schema, _schema(cls)):
        yield f"the fields of {cls.__name__}, or of a value in it, have changed. {CHANGED}\n{difference}"
    for number, example in enumerate(golden.examples, 1):
        try:
            event = msgspec.json.decode(example.body, type=cls)
        except ValueError as error:
            yield f"example {number} cannot be read any more: {error}. {CHANGED}"
            return
        if difference := _difference(example.fields, _fields(event)):
            yield f"example {number} is read as something else. {CHANGED}\n{difference}"
        if isinstance(event, Event) and (difference := _difference(example.body, types.encode(event).decode())):
            yield f"example {number} is written in other bytes. {CHANGED}\n{difference}"
    try:
        became = _upcast(types, cls, there)
    except ValueError as error:
        yield f"older versions cannot be upcast any more: {error}. {CHANGED}"
        return
    if difference := _difference(golden.upcast, became):
        yield f"older versions are upcast to something else. {CHANGED}\n{difference}"


def _golden(types: EventTypes, cls: type[Event], there: Goldens) -> Golden:
    return Golden(
        name=cls.event_name,
        version=cls.event_version,
        schema=_schema(cls),
        examples=tuple(Example(types.encode(event).decode(), _fields(event)) for event in examples(cls)),
        upcast=_upcast(types, cls, there),
    )


def _upcast(types: EventTypes, cls: type[Versioned], there: Goldens) -> dict[str, tuple[Fields, ...]]:
    """What the examples of all older versions become in this one."""
    became = {}
    for older in types.by_name[cls.event_name][: cls.event_version - 1]:
        if golden := there.get((older.event_name, older.event_version)):
            events = (msgspec.json.decode(example.body, type=older) for example in golden.examples)
            became[str(older.event_version)] = tuple(_fields(_brought_to(cls, event)) for event in events)
    return became


def _brought_to(cls: type[Versioned], event: Versioned) -> Versioned:
    while isinstance(event, Retired) and not isinstance(event, cls):
        event = event.upcast()
    return event


def _fields(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _fields(content) for name, content in msgspec.structs.asdict(value).items()}
    return [_fields(item) for item in value] if isinstance(value, tuple) else value


def _schema(cls: type[Versioned]) -> dict[str, Any]:
    """The JSON Schema with each struct where it is used, so that names of classes and docstrings do not count."""
    (schema,), parts = msgspec.json.schema_components([cls], ref_template="{name}")

    def plain(part: Any) -> Any:
        if isinstance(part, list):
            return [plain(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return plain(parts[part["$ref"]])
        if "properties" in part:
            properties = {name: plain(about) for name, about in part["properties"].items()}
            rest = {key: value for key, value in part.items() if key not in ("title", "description", "properties", "required")}
            return {**rest, "properties": properties, "required": sorted(part.get("required", []))}
        return {key: plain(value) for key, value in part.items()}

    inlined: dict[str, Any] = plain(schema)
    return inlined


def _read(folder: Path) -> dict[tuple[str, int], Golden]:
    goldens = {path: msgspec.json.decode(path.read_bytes(), type=Golden) for path in sorted(folder.iterdir())}
    for path, golden in goldens.items():
        if path.name != golden.file_name:
            raise ValueError(f"{path} is the file of {golden.name} version {golden.version}: call it {golden.file_name}")
    return {(golden.name, golden.version): golden for golden in goldens.values()}


def _text(content: object) -> str:
    return json.dumps(msgspec.to_builtins(content), indent=1, sort_keys=True)


def _difference(expected: object, found: object) -> str:
    """The lines that differ as JSON text, which also tells 1 from 1.0 and `true`; empty where none does."""
    return "\n".join(unified_diff(_text(expected).splitlines(), _text(found).splitlines(), "golden", "found", n=1, lineterm=""))


if __name__ == "__main__":
    for path in write_missing(EVENT_TYPES, Path(sys.argv[1])):
        print(path)  # noqa: T201
