"""One table of the file becomes options, or findings."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aslo_core.config.explain import allowed, at, meaning, one_of, written_by_others
from aslo_core.config.findings import Findings
from aslo_core.config.lines import KeyPath
from aslo_core.config.secrets import (
    from_environment,
    from_files,
    hides_secrets,
    readable_by_all,
    secret_fields,
    secrets_in,
    variables_in,
    without,
)
from aslo_core.config.words import shown
from aslo_core.types import Options

OneOptions = TypeVar("OneOptions", bound=Options)

_TYPES = frozenset({"int_type", "float_type", "bool_type"})
"""pydantic's errors for a value that is no number, or not true or false, by its type."""


class Table(Generic[OneOptions]):
    """A table as it is written, and the class of what it is to become.

    Args:
        key: its key.
        written: its content, without the keys that the core looks at.
        options: the class.
        findings: take what is wrong.
        beside: keys that are allowed beside those of the class, for hints.
    """

    def __init__(
        self,
        key: KeyPath,
        written: Mapping[str, Any],
        options: type[OneOptions],
        findings: Findings,
        beside: tuple[str, ...] = (),
    ) -> None:
        self._key = key
        self._written = dict(written)
        self._options = options
        self._findings = findings
        self._secret = secret_fields(options)
        self._names = (*options.model_fields, *(f"{name}_file" for name in self._secret), *beside)

    def validated(self, environ: Mapping[str, str], file: Path) -> OneOptions | None:
        """Give the options; None where pydantic found something wrong.

        Args:
            environ: the environment, for `${VARIABLE}`.
            file: the configuration file, from whose folder relative paths are meant.
        """
        values = from_environment(self._written, self._key, environ, self._findings)
        values = from_files(values, self._written, self._options, self._key, file.parent, self._findings)
        for name, value in values.items():
            if not self._told(name):
                self._look_at(name, value, file)
        hidden = {secret for name, value in values.items() if self._is_hidden(name) for secret in secrets_in(value)}
        self._refuse_other_types(values, hidden)
        # What was found so far would only be told a second time, in worse words.
        untold = {name: value for name, value in values.items() if not self._told(name)}
        try:
            return self._options.model_validate(untold)
        except ValidationError as reasons:
            for error in reasons.errors(include_url=False):
                self._explain(error, hidden)
            return None

    def _look_at(self, name: str, value: Any, file: Path) -> None:
        """Find what pydantic would take, and what is surely not meant."""
        field = self._options.model_fields.get(name)
        if field is None:
            return
        types = types_within(field.annotation)
        place = (*self._key, name)
        if name in self._secret and isinstance(value, str) and f"{name}_file" not in self._written:
            if not value.strip():
                self._findings.problem(
                    place, "an empty secret", f"write {name} = … or {name}_file{meaning(self._options, name)}"
                )
            elif not variables_in(self._written[name]) and not is_public(value) and readable_by_all(file):
                self._findings.warning(
                    place, "a secret in a file that everybody may read", f"use {name}_file, or chmod o= {file}"
                )
        if Path in types and isinstance(value, str) and not value:
            self._findings.problem(place, "an empty path", f"it must be a path{meaning(self._options, name)}")
        if Path in types and isinstance(value, str) and value.startswith("~"):
            self._findings.problem(
                place, f"{shown(self._written[name])}, and ~ stands for no folder here", 'write the whole path, or "${HOME}/…"'
            )

    def _refuse_other_types(self, values: Mapping[str, Any], hidden: Collection[str]) -> None:
        """Find numbers and truth values that are written as another type of TOML, and that pydantic would convert.

        What the environment gives is text, and is converted.
        """
        try:
            self._options.model_validate_json(json.dumps(values, default=str), strict=True)
        except ValidationError as reasons:
            for error in reasons.errors(include_url=False):
                place = error["loc"]
                if error["type"] in _TYPES and not self._told(str(place[0])) and not variables_in(at(self._written, place)[1]):
                    self._explain(error, hidden)

    def _explain(self, error: ErrorDetails, hidden: Collection[str]) -> None:
        kind, place = error["type"], error["loc"]
        name = str(place[0]) if place else ""
        whole = (*self._key, *place)
        about = meaning(self._options, name)
        if kind == "missing":
            if not self._told(name):
                file = f" or {name}_file" if name in self._secret and len(place) == 1 else ""
                self._findings.problem(whole, "missing", f"write {place[-1]} = …{file}{about}")
        elif kind == "extra_forbidden":
            self._findings.problem(
                whole, "unknown key", one_of(str(place[-1]), self._names) if len(place) == 1 else "remove it"
            )
        elif not place:
            if not self._findings.told(self._key):
                self._findings.problem(whole, "the table as a whole", without(hidden, allowed(error)))
        else:
            words = without(hidden, allowed(error)) if written_by_others(error) else allowed(error)
            self._findings.problem(*self._found(name, place), f"{words}{about}")

    def _found(self, name: str, place: KeyPath) -> tuple[KeyPath, str]:
        """Give the key of a wrong value, as far as it is written, and the value, unless it is a secret."""
        if name in self._secret and f"{name}_file" in self._written:
            return (*self._key, f"{name}_file"), "what the file holds"
        place, value = at(self._written, place)
        if hides_secrets(self._options, name):
            return (*self._key, *place), "a value that is not shown"
        from_outside = ", as the environment has it" if variables_in(value) else ""
        return (*self._key, *place), shown(value) + from_outside

    def _told(self, name: str) -> bool:
        return any(self._findings.told((*self._key, key)) for key in (name, f"{name}_file"))

    def _is_hidden(self, name: str) -> bool:
        return hides_secrets(self._options, name) or bool(variables_in(self._written.get(name)))


def types_within(annotation: object) -> set[object]:
    """Give a type and every type that it is made of."""
    return {annotation}.union(*map(types_within, get_args(annotation)))


def is_public(value: str) -> bool:
    """Whether a text is an address in which no password stands."""
    return "://" in value and "@" not in value
