"""A configuration that is being made: its text, and the secrets that go into files beside it. Nothing is on disk yet."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from aslo_core.config import Document, parse
from aslo_core.config.edit import with_key, with_table, without_key
from aslo_core.config.question import Question


@dataclass(frozen=True)
class Draft:
    """What is to be written.

    Attributes:
        document: the configuration as it is so far; it tells secrets by the names of their files.
        secrets: the secret, or secrets, of each file that is to be made, by its path as the configuration names it.
    """

    document: Document
    secrets: Mapping[str, str | tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def table(self, key: tuple[str, ...]) -> Mapping[str, Any]:
        """Give a table as it is written; empty where there is none."""
        found: Any = self.document.data
        for part in key:
            found = found.get(part, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def with_key(self, key: tuple[str, ...], value: Any, instead_of: str = "") -> Draft:
        """Say it in the configuration; what says so already stays as it is written."""
        written = self.table(key[:-1])
        if key[-1] in written and written[key[-1]] == value and instead_of not in written:
            return self
        return self._with_text(with_key(self.document, key, value, instead_of))

    def without_key(self, key: tuple[str, ...]) -> Draft:
        """Make a comment of a key, where it stands there."""
        return self._with_text(without_key(self.document, key)) if key[-1] in self.table(key[:-1]) else self

    def with_table(self, key: tuple[str, str], use: str) -> Draft:
        """Add a table to the end."""
        return self._with_text(with_table(self.document, key, {"use": use}))

    def with_secret(self, question: Question, secret: str | tuple[str, ...]) -> Draft:
        """Put a secret, or several, into the file that `secret_file` tells, and name that in the configuration."""
        file = self.secret_file(question)
        named = self.with_key(question.file_key, file, instead_of=question.name)
        return replace(named, secrets=MappingProxyType({**self.secrets, file: secret}))

    def secret_file(self, question: Question) -> str:
        """Name the file for a secret: the one that the table names, in a comment at least, else one of its own."""
        key = question.file_key[-1]
        table = self.table(question.table)
        if isinstance(table.get(key), str):
            return str(table[key])
        lines = self.document.text.split("\n")
        header = self.document.line(question.table)
        end = next((at for at in range(header, len(lines)) if lines[at].startswith("[")), len(lines))
        shown = re.search(rf'\b{re.escape(key)} = "([^"]+)"', "\n".join(lines[header:end]))
        return shown[1] if shown else f"secrets/{question.table[-1]}-{question.name.replace('_', '-')}"

    def revealed(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Give a table with the secrets that are in no file yet in place of the names of those files."""
        revealed: dict[str, Any] = {}
        for key, value in table.items():
            secret = self.secrets.get(value) if isinstance(value, str) and key.endswith("_file") else None
            if secret is None:
                revealed[key] = value
            else:
                revealed[key.removesuffix("_file")] = list(secret) if isinstance(secret, tuple) else secret
        return revealed

    def whole(self) -> Document:
        """Give the document as it will be read once the files are there."""
        data: Any = copy.deepcopy(self.document.data)
        for name, table in data.items():
            for inner, value in table.items() if isinstance(table, dict) else ():
                if isinstance(value, dict):
                    table[inner] = self.revealed(value)
            data[name] = self.revealed(table) if isinstance(table, dict) else table
        return replace(self.document, data=data)

    def _with_text(self, text: str) -> Draft:
        return replace(self, document=parse(self.document.path, text))
