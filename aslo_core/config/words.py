"""How keys and values are written in messages: as they stand in the file."""

from __future__ import annotations

import json
import re
from datetime import date, time
from typing import Any

from aslo_core.config.lines import KeyPath

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 80


def dotted(key: KeyPath) -> str:
    """Write a key as in TOML, and elements of arrays as `key[index]`, counted from 0."""
    written = ""
    for part in key:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            written += "." * bool(written) + (part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False))
    return written


def shown(value: Any) -> str:
    """Write a value as it stands in the file, shortened where it is long."""
    match value:
        case dict():
            return "a table"
        case date() | time():
            return value.isoformat()
        case list():
            text = f"[{', '.join(shown(item) for item in value)}]"
        case str() | bool():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def kind_of(value: Any) -> str:
    """Say what a value is, without showing it."""
    kinds = {dict: "a table", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "a date or time")
