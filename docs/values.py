"""Values, as events and templates have them: their docstrings and fields, put into words."""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from aslo_core.types import Value

NOTE = "<!-- Made by `make docs` of the docstrings in the code: mend those, not this page. -->\n"
"""What every page begins with that is made of docstrings."""


def prose(cls: type) -> str:
    """Take a class's docstring up to its list of attributes; a sentence keeps its lines."""
    text, _, _ = (cls.__doc__ or "").partition("Attributes:")
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"


def _meanings(cls: type) -> dict[str, str]:
    """Read the docstring's list of attributes; one line may name several."""
    _, _, text = (cls.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if entry := re.fullmatch(r" {8}([a-z_, ]+): (.+)", line):
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, entry[2])
        elif names and line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def fields(cls: type[Value], parts: list[type[Value]]) -> str:
    """Render the fields of a value as a table.

    Args:
        cls: the value.
        parts: the values that the page has to explain; those in this one are added.
    """
    hints, meanings = get_type_hints(cls), _meanings(cls)
    rows = [
        f"| `{field.name}` | {_kind(hints[field.name], parts)} | {cell(meanings.get(field.name, ''))} |\n"
        for field in msgspec.structs.fields(cls)
    ]
    if any(meanings):
        return "| field | type | meaning |\n| --- | --- | --- |\n" + "".join(rows)
    return "| field | type |\n| --- | --- |\n" + "".join(row.removesuffix(" |  |\n") + " |\n" for row in rows)


def _kind(hint: Any, parts: list[type[Value]]) -> str:
    """Put a type into words, and note which values it leads to."""
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_kind(one, parts) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list of {_kind(get_args(hint)[0], parts)}"
    if isinstance(hint, type) and issubclass(hint, Value):
        if hint not in parts:
            parts.append(hint)
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return {str: "text", int: "integer", float: "number", bool: "boolean", NoneType: "null"}[hint]


def cell(text: str) -> str:
    """Make a text fit into a table; what begins with a capital elsewhere does so here."""
    return (text[:1].upper() + text[1:]).replace("|", "\\|")
