"""What is in force, value by value, and where each came from; nothing secret is ever among it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import SecretStr

from aslo_core.config.document import Document
from aslo_core.config.lines import KeyPath
from aslo_core.config.secrets import hides_secrets, secret_fields, variables_in
from aslo_core.config.settings import CORE_TABLES, Settings
from aslo_core.entry_points import Kind
from aslo_core.types import Options, Value

Origin = Literal["default", "file", "environment", "secret-file"]


class Effective(Value):
    """One value that is in force.

    Attributes:
        key: name of the key within its table.
        value: as JSON has it; None where nothing is set, and where it is secret.
        secret: whether it is, or has within, a secret that was given.
        origin: `default`; `file` for the configuration; `environment` where a variable stands in it there; `secret-file`
            where the configuration names a file that holds it.
        line: line in the configuration, 0 for a default.
        named: the variables, or the path of the file, that the line names; or empty.
    """

    key: str
    value: Any
    secret: bool
    origin: Origin
    line: int = 0
    named: str = ""


class EffectiveTable(Value):
    """One table of the configuration as it is in force.

    Attributes:
        key: for example `server` or `storage.main`.
        kind: of an instance, `source`, `builder`, `storage` or `notifier`; None for one of the core's own tables.
        use: its plugin, or empty.
        line: its line in the configuration, 0 where it is not there.
        values: its values, in the order of their documentation.
    """

    key: str
    kind: Kind | None
    use: str
    line: int
    values: tuple[Effective, ...]


def effective(document: Document, settings: Settings) -> Iterator[EffectiveTable]:
    """Tell what is in force: the core's own tables, then the enabled instances in the order of the file.

    Args:
        document: the file.
        settings: what was made of it.
    """
    for name in CORE_TABLES:
        written = document.data.get(name, {})
        values = tuple(_values(document, (name,), written, getattr(settings, name)))
        yield EffectiveTable(key=name, kind=None, use="", line=document.line((name,)), values=values)
    for instance in settings.instances:
        key = (instance.kind, instance.name)
        written = document.data[instance.kind][instance.name]
        terms = settings.of_core(instance)
        of_core = tuple(_values(document, key, written, terms)) if terms is not None else ()
        values = (*of_core, *_values(document, key, written, instance.options))
        yield EffectiveTable(key=instance.key, kind=instance.kind, use=instance.use, line=instance.line, values=values)


def _values(document: Document, key: KeyPath, written: Mapping[str, Any], options: Options) -> Iterator[Effective]:
    model, dumped = type(options), options.model_dump(mode="json")
    for name in model.model_fields:
        origin, line, named = _whence(document, key, written, model, name)
        value, secret = dumped[name], hides_secrets(model, name)
        if secret:  # of its type; a default stands in the documentation
            default = getattr(options, name)
            value = default.get_secret_value() if isinstance(default, SecretStr) else default or None
            secret = origin != "default"
        yield Effective(key=name, value=None if secret else value, secret=secret, origin=origin, line=line, named=named)


def _whence(
    document: Document, key: KeyPath, written: Mapping[str, Any], options: type[Options], name: str
) -> tuple[Origin, int, str]:
    """Tell where a value comes from, the line that says so, and what that line names."""
    file = f"{name}_file"
    if name in secret_fields(options) and file in written and file not in options.model_fields:
        return "secret-file", document.line((*key, file)), str(written[file])
    if name not in written:
        return "default", 0, ""
    line = document.line((*key, name))
    if variables := variables_in(written[name]):
        return "environment", line, ", ".join(variables)
    return "file", line, ""
