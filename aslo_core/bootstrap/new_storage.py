"""Adding the table of a storage to a configuration, once all of it is sure to work, and making it a required one."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aslo_core.bootstrap.backends import make_backends
from aslo_core.bootstrap.instances import create
from aslo_core.bootstrap.rewriting import rewrite
from aslo_core.config import Document, read, validate
from aslo_core.config.document import parse
from aslo_core.config.edit import with_table, with_value
from aslo_core.errors import AsloError
from aslo_core.plugins import load, used


def has_table(path: Path, name: str) -> bool:
    """Whether the file has a table of that storage, switched off or not.

    Raises:
        ConfigError: the file cannot be read.
    """
    return name in read(path.absolute()).named("storage")


def add_table(path: Path, name: str, use: str, keys: Mapping[str, Any]) -> None:
    """Add `[storage.NAME]` to a configuration; it is not required, unless the keys say so. The same one may be there already.

    Args:
        path: the file.
        name: the storage's name.
        use: the plugin.
        keys: the table's other keys.

    Raises:
        ConfigError: with everything that would be wrong with the file; it stays as it is.
        AsloError: it cannot be changed, or has another table of that name; it stays as it is.
    """
    document, table = read(path.absolute()), {"use": use, "required": False, **keys}
    if name in document.named("storage"):
        if document.data["storage"][name] != table:
            raise AsloError(f"{path} has a table [storage.{name}] already: change it there, or choose another name")
        return
    text = with_table(document, ("storage", name), table)
    _check(parse(document.path, text))
    rewrite(document.path, text)


def require(path: Path, name: str) -> bool:
    """Let the table of a storage say that it is required; tell whether it said otherwise.

    Raises:
        AsloError: the file cannot be changed; it stays as it is.
    """
    document = read(path.absolute())
    table = dict(document.instances("storage")).get(name, {})
    if table.get("required", True):
        return False
    rewrite(document.path, with_value(document, ("storage", name, "required"), value=True))
    return True


def parse_keys(written: Iterable[str]) -> dict[str, Any]:
    """Understand `key=value` as in TOML, and a value that is nothing there as text.

    Raises:
        AsloError: there is no `=` in one.
    """
    keys: dict[str, Any] = {}
    for one in written:
        key, equals, value = one.partition("=")
        if not equals or not key.strip():
            raise AsloError(f"{one!a} is no key=value; write for example --set path=/srv/aslo")
        try:
            keys[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            keys[key.strip()] = value
    return keys


def _check(document: Document) -> None:
    plugins = load(used(document))
    settings = validate(document, plugins.options(), os.environ, plugins.missing)
    made = create(settings, plugins, settings.public_url(), settings.of("storage"))
    make_backends(settings, made["storage"])
