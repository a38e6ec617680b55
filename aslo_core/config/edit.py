"""Changing one value in the text of a configuration, or adding a table, and nothing else: comments and order stay."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

from aslo_core.config.document import Document, parse
from aslo_core.config.words import dotted
from aslo_core.errors import AsloError, ConfigError


def with_value(document: Document, key: tuple[str, ...], value: bool | list[str]) -> str:
    """Give the text of a file with another value for one key.

    Args:
        document: the file.
        key: a key that stands in it on one line with its value, which is true, false or a list.
        value: what it is to be.

    Raises:
        AsloError: it is written in a way that this cannot change; says where, and what to write.
    """
    line = document.line(key)
    assignment = re.compile(rf"""(["']?\b{re.escape(key[-1])}["']?[ \t]*=[ \t]*)(?:true|false|\[[^\]\n]*\])""")
    lines = document.text.split("\n")
    written = json.dumps(value, ensure_ascii=False)
    lines[line - 1] = assignment.sub(lambda found: found[1] + written, lines[line - 1], count=1)
    wanted: Any = copy.deepcopy(document.data)
    table = wanted
    for part in key[:-1]:
        table = table[part]
    table[key[-1]] = value
    try:
        changed = parse(document.path, "\n".join(lines))
    except ConfigError:
        changed = None
    if changed is None or changed.data != wanted:
        raise AsloError(
            f"{document.path}:{line}: {dotted(key)} cannot be changed as it is written; write {key[-1]} = {written} yourself"
        )
    return changed.text


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


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
