"""The page of all events, and of the values in them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from aslo_core import events
from aslo_core.types import Value
from docs.values import NOTE, fields, prose

EVENT_MODULES = (
    "deliveries",
    "runs",
    "steps",
    "activities",
    "notices",
    "copies",
    "storages",
    "sources",
    "configurations",
    "erasures",
)
"""Modules of `aslo_core.events` in the order of the page; the first line of each names its streams."""
_EVENTS = """\
# Events

Every type of event that can stand in the log. A type is known by its name and version; names never change, and a change of
fields makes a new version. Bodies are JSON objects with exactly the fields below; how they are hashed is in
[the log's format](log-format.md). An event of a retired version stays in the log as it was recorded, and is read as one of the
newest ([12](../adr/0012-versions-of-events.md)).

`aslo log show` and `aslo log tail --json` print events as they are read; `schema` is the version that was recorded.
"""
_PARTS = """\
## Values in events

Objects that stand in the fields above.
"""


def event_types() -> str:
    """Render the page of all events and the values in them."""
    chains = events.EVENT_TYPES.by_name.values()
    streams = dict.fromkeys(f"{events.__name__}.{name}" for name in EVENT_MODULES)
    if unknown := {chain[-1].__module__ for chain in chains} - streams.keys():
        raise LookupError(f"these modules of events have no place on the page: {unknown}")
    sections = [NOTE + _EVENTS]
    parts: list[type[Value]] = []
    for name in streams:
        sections.append(f"## {(import_module(name).__doc__ or '').partition(chr(10))[0].rstrip('.')}\n")
        sections.extend(event_type(chain, parts) for chain in chains if chain[-1].__module__ == name)
    sections.append(_PARTS)
    # The list grows while it is walked, since values hold values.
    sections.extend(f"### {part.__name__}\n\n{prose(part)}\n{fields(part, parts)}" for part in parts)
    return "\n".join(sections)


def event_type(chain: Sequence[type[events.Versioned]], parts: list[type[Value]]) -> str:
    """Render a type of event: its current version, and below it those that are retired, newest first.

    Args:
        chain: its versions, oldest first.
        parts: the values that the page has to explain; those in these events are added.
    """
    *retired, current = chain
    sections = [f"### `{current.event_name}`, version {current.event_version}\n\n{prose(current)}\n{fields(current, parts)}"]
    for cls in reversed(retired):
        title = f"#### `{cls.event_name}`, version {cls.event_version}, retired"
        sections.append(f"{title}\n\n{prose(cls)}\n{fields(cls, parts)}")
    return "\n".join(sections)
