"""A question for one key of a table: what its options class tells of it, and which answers it takes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aslo_core.config.document import parse
from aslo_core.config.findings import Findings
from aslo_core.config.secrets import holds_several, secret_fields
from aslo_core.config.table import Table, types_within
from aslo_core.config.words import dotted
from aslo_core.types import ChosenHere, Options

_LISTS = (tuple, list, set, frozenset)


@dataclass(frozen=True)
class Question:
    """One key of a table that may be asked for.

    Attributes:
        table: the table's key, for example `("storage", "mirror")`.
        model: the class that the key is a field of.
        name: the field.
    """

    table: tuple[str, ...]
    model: type[Options]
    name: str

    @property
    def key(self) -> tuple[str, ...]:
        """The key, from the outermost table on."""
        return (*self.table, self.name)

    @property
    def file_key(self) -> tuple[str, ...]:
        """The key that names a file with the secret in place of `key`."""
        return (*self.table, f"{self.name}_file")

    @property
    def meaning(self) -> str:
        """The whole documentation of the field."""
        return " ".join((self.model.model_fields[self.name].description or "").split())

    @property
    def sentence(self) -> str:
        """Its first sentence, or the key where it has none."""
        return self.meaning.partition(". ")[0].rstrip(".") or dotted(self.key)

    @property
    def is_secret(self) -> bool:
        """Whether the answer must never be shown."""
        return self.name in secret_fields(self.model)

    @property
    def is_required(self) -> bool:
        """Whether the table cannot be without it."""
        return self.model.model_fields[self.name].is_required()

    @property
    def default(self) -> Any:
        """What holds where the table says nothing, as the file would have it; None where nothing does."""
        field = self.model.model_fields[self.name]
        value = None if field.is_required() else field.get_default(call_default_factory=True)
        return list(value) if isinstance(value, _LISTS) else str(value) if isinstance(value, Path) else value

    @property
    def chosen_here(self) -> ChosenHere | None:
        """How ASLO makes the secret itself; None where only the operator can give it."""
        marks = self.model.model_fields[self.name].metadata
        return next((mark for mark in marks if isinstance(mark, ChosenHere)), None)

    def read(self, text: str) -> Any:
        """Understand an answer as the type of the field has it; what cannot be understood so stays a text.

        Texts need no quotes, and the items of a list only commas between them; anything may be written as in TOML, too.
        """
        types = types_within(self.model.model_fields[self.name].annotation)
        several = holds_several(self.model.model_fields[self.name].annotation)
        if self.is_secret:
            return [part.strip() for part in text.split(",")] if several else text
        written = _from_toml(text)
        if several:
            if isinstance(written, list):
                return written
            return [_plain(part.strip(), types) for part in text.split(",") if part.strip()]
        return written if isinstance(written, str) else _plain(text, types)

    def refusal(self, value: Any, file: Path, environ: Mapping[str, str], *, named_file: bool = False) -> str:
        """Say why the file must not have this value, in the words of `aslo check`; empty where it may.

        Args:
            value: the value, which may hold `${VARIABLE}`.
            file: the configuration.
            environ: the environment.
            named_file: whether it names a file that holds the secret.
        """
        findings = Findings(parse(file, ""))
        key = self.file_key if named_file else self.key
        Table(self.table, {key[-1]: value}, self.model, findings).validated(environ, file)
        whole = dotted(key)
        about = (one for one in findings.problems if one.key == whole or one.key.startswith((f"{whole}.", f"{whole}[")))
        return "; ".join(f"{problem.found}; {problem.allowed}" for problem in about)


def _plain(text: str, types: set[object]) -> Any:
    """Take a text for itself where the field takes texts, and else for what it is in TOML, if it is anything there."""
    if str in types or Path in types:
        return text
    written = _from_toml(text)
    return text if written is None else written


def _from_toml(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return None
