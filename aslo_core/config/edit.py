"""Changing one value in the text of a configuration, or adding a table, and nothing else: comments and order stay."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from aslo_core.config.document import Document, parse
from aslo_core.config.words import dotted
from aslo_core.errors import AsloError, ConfigError

_VALUE = r"""true|false|\[[^\]\n]*\]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[0-9+-][^\s,\]}#]*"""
"""A value that stands on one line."""


def with_value(document: Document, key: tuple[str, ...], value: Any) -> str:
    """Give the text of a file with another value for one key.

    Args:
        document: the file.
        key: a key that stands in it on one line with its value, which is true, false, a number, a text, or a list.
        value: what it is to be.

    Raises:
        AsloError: it is written in a way that this cannot change; says where, and what to write.
    """
    line = document.line(key)
    assignment = re.compile(rf"""(["']?\b{re.escape(key[-1])}["']?[ \t]*=[ \t]*)(?:{_VALUE})""")
    lines = document.text.split("\n")
    lines[line - 1] = assignment.sub(lambda found: found[1] + _toml(value), lines[line - 1], count=1)
    wanted: Any = copy.deepcopy(document.data)
    _table_of(wanted, key)[key[-1]] = value
    changed = _parsed(document, lines, wanted)
    if changed is None:
        found = f"{document.path}:{line}: {dotted(key)} cannot be changed as it is written"
        raise AsloError(f"{found}; write {key[-1]} = {_toml(value)} yourself")
    return changed


def with_key(document: Document, key: tuple[str, ...], value: Any, instead_of: str = "") -> str:
    """Give the text of a file in which a key of one of its tables has a value.

    It is written where the key stands; else where the one stands that it replaces; else in place of a comment that shows an
    example of either (`# port = 21`); else as the last key of the table.

    Args:
        document: the file.
        key: the key; its table has a header of its own.
        value: a text, a number, true, false, or a list of these.
        instead_of: name of a key of the same table that must not stand beside it, or empty.

    Raises:
        AsloError: it is written in a way that this cannot change; says what to write.
    """
    table = key[:-1]
    if key in document.lines:
        return with_value(document, key, value)
    lines = document.text.split("\n")
    header = document.line(table)
    end = next((at for at in range(header, len(lines)) if lines[at].startswith("[")), len(lines))
    wanted: Any = copy.deepcopy(document.data)
    keys = _table_of(wanted, key)
    keys[key[-1]] = value
    written = f"{dotted(key[-1:])} = {_toml(value)}"
    if instead_of in keys:
        del keys[instead_of]
        lines[document.line((*table, instead_of)) - 1] = written
    elif (example := _example(lines, header, end, (key[-1], instead_of))) is not None:
        lines[example] = written
    else:
        last = max([header, *(document.lines.get((*table, name), 0) for name in keys)])
        lines.insert(last, written)
    changed = _parsed(document, lines, wanted)
    if changed is None:
        raise AsloError(f"{document.path}:{header}: write {written} below [{dotted(table)}] yourself")
    return changed


def without_key(document: Document, key: tuple[str, ...]) -> str:
    """Give the text of a file in which a key that stands on one line with its value is a comment.

    Raises:
        AsloError: it is written in a way that this cannot change; says where, and what to do.
    """
    line = document.line(key)
    lines = document.text.split("\n")
    lines[line - 1] = f"# {lines[line - 1]}"
    wanted: Any = copy.deepcopy(document.data)
    del _table_of(wanted, key)[key[-1]]
    changed = _parsed(document, lines, wanted)
    if changed is None:
        raise AsloError(f"{document.path}:{line}: {dotted(key)} cannot be taken out as it is written; do so yourself")
    return changed


def with_table(document: Document, key: tuple[str, str], values: Mapping[str, Any]) -> str:
    """Give the text of a file with another table at its end.

    Args:
        document: the file.
        key: the table's key, for example `("storage", "s3")`; there is no such table in it.
        values: its keys and their values: texts, numbers, true, false, or lists of these.

    Raises:
        AsloError: it cannot be added to the file as that is written; says what to write.
    """
    table = "\n".join([f"[{dotted(key)}]", *(f"{dotted((name,))} = {_toml(value)}" for name, value in values.items())])
    wanted: Any = copy.deepcopy(document.data)
    try:
        wanted.setdefault(key[0], {})[key[1]] = dict(values)
        changed = parse(document.path, f"{document.text.rstrip()}\n\n{table}\n")
    except (ConfigError, TypeError, AttributeError):
        changed = None
    if changed is None or changed.data != wanted:
        raise AsloError(f"{document.path}: this table cannot be added to it; write it yourself:\n\n{table}\n")
    return changed.text


def _example(lines: Sequence[str], start: int, end: int, names: Sequence[str]) -> int | None:
    """Find the comment of a table that shows how one of its keys is written; the first of the names goes first."""
    for name in filter(None, names):
        for at in range(start, end):
            if re.match(rf"#[ \t]*{re.escape(name)}[ \t]*=", lines[at]) and _is_toml(lines[at].lstrip("# \t")):
                return at
    return None


def _is_toml(line: str) -> bool:
    try:
        return bool(tomllib.loads(line))
    except tomllib.TOMLDecodeError:
        return False


def _table_of(data: Any, key: tuple[str, ...]) -> Any:
    for part in key[:-1]:
        data = data[part]
    return data


def _parsed(document: Document, lines: Sequence[str], wanted: Any) -> str | None:
    """Give the text that lines make, unless it says anything but what is wanted."""
    try:
        changed = parse(document.path, "\n".join(lines))
    except ConfigError:
        return None
    return changed.text if changed.data == wanted else None


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
