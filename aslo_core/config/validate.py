"""Holds a configuration file against what is allowed, and collects everything that is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aslo_core.config.document import Document, KeyPath
from aslo_core.config.secrets import from_environment, from_files, secret_fields
from aslo_core.config.settings import (
    KINDS,
    BrokerSettings,
    BuildSettings,
    DataSettings,
    Instance,
    Kind,
    ServerSettings,
    Settings,
)
from aslo_core.errors import ConfigError, ConfigProblem
from aslo_core.types import Options

_CORE: dict[str, type[Options]] = {
    "server": ServerSettings,
    "data": DataSettings,
    "broker": BrokerSettings,
    "build": BuildSettings,
}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ALLOWED_NAME = "a lower-case letter, then up to 31 lower-case letters, digits or hyphens"

OneOptions = TypeVar("OneOptions", bound=Options)


def validate(
    document: Document,
    options: Mapping[tuple[Kind, str], type[Options]],
    environ: Mapping[str, str],
    missing: Mapping[tuple[Kind, str], str],
) -> Settings:
    """Make settings of a file.

    Args:
        document: the file.
        options: the options class of each plugin that the file uses, by kind and `use`.
        environ: the environment, for `${VARIABLE}`.
        missing: why a plugin that the file uses is not in `options`, and what is to be done, by kind and `use`.

    Raises:
        ConfigError: with every problem, in the order of the file.
    """
    validator = _Validator(document, environ)
    validator.top_level()
    instances = [
        instance
        for kind in KINDS
        for name, table in document.instances(kind)
        if (instance := validator.instance(kind, name, table, options, missing)) is not None
    ]
    settings = Settings(
        path=document.path,
        server=validator.core("server", ServerSettings),
        data=validator.core("data", DataSettings),
        broker=validator.core("broker", BrokerSettings),
        build=validator.core("build", BuildSettings),
        instances=tuple(instances),
    )
    validator.whole(settings.build)
    if validator.problems:
        raise ConfigError(sorted(validator.problems, key=lambda problem: problem.line))
    return settings


class _Validator:
    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document = document
        self.environ = environ
        self.problems: list[ConfigProblem] = []

    def complain(self, key: KeyPath, found: str, allowed: str) -> None:
        self.problems.append(self.document.problem(key, found, allowed))

    def top_level(self) -> None:
        for name, value in self.document.data.items():
            if name not in _CORE and name not in KINDS:
                self.complain((name,), "unknown table or key", _one_of(name, (*_CORE, *KINDS)))
            elif not isinstance(value, dict):
                self.complain((name,), f"{value!r}", f"a table [{name}]")
            elif name in KINDS:
                for instance, table in value.items():
                    if not isinstance(table, dict):
                        self.complain((name, instance), f"{table!r}", f"a table [{name}.NAME] with use = …")

    def core(self, name: str, model: type[OneOptions]) -> OneOptions:
        table = self.document.data.get(name, {})
        made = self._make((name,), table if isinstance(table, dict) else {}, model)
        return made if made is not None else model()

    def instance(
        self,
        kind: Kind,
        name: str,
        table: Mapping[str, Any],
        options: Mapping[tuple[Kind, str], type[Options]],
        missing: Mapping[tuple[Kind, str], str],
    ) -> Instance | None:
        key: KeyPath = (kind, name)
        if not _NAME.fullmatch(name):
            self.complain(key, f"the name {name!r}", _ALLOWED_NAME)
        if not isinstance(table.get("enabled", True), bool):
            self.complain((*key, "enabled"), f"{table['enabled']!r}", "true or false")
        use = table.get("use")
        if not isinstance(use, str):
            self.complain((*key, "use"), "missing" if use is None else f"{use!r}", f"the name of a {kind} plugin")
            return None
        model = options.get((kind, use))
        if model is None:
            self.complain((*key, "use"), f"{use!r}", missing.get((kind, use), f"the name of a {kind} plugin"))
            return None
        rest = {name: value for name, value in table.items() if name not in ("use", "enabled")}
        made = self._make(key, rest, model)
        if made is None:
            return None
        return Instance(kind=kind, name=name, use=use, options=made, line=self.document.line(key))

    def whole(self, build: BuildSettings) -> None:
        """Check what no table can tell by itself; a table with a problem of its own counts as there."""
        builders = [name for name, _ in self.document.instances("builder")]
        if build.builder not in builders:
            self.complain(
                ("build", "builder"),
                f"{build.builder!r}, and no enabled [builder.{build.builder}]",
                _one_of(build.builder, builders) if builders else "add a table [builder.NAME] with use = …",
            )
        for kind in ("source", "storage"):
            if not any(self.document.instances(kind)):
                self.complain((kind,), f"no {kind} is enabled", f"add a table [{kind}.NAME] with use = …")

    def _make(self, key: KeyPath, table: Mapping[str, Any], model: type[OneOptions]) -> OneOptions | None:
        before = len(self.problems)
        settled = from_environment(dict(table), key, self.environ, self.complain)
        settled = from_files(settled, model, key, self.document.path.parent, self.complain)
        if len(self.problems) > before:
            # The problems found so far would only be told a second time, in worse words.
            settled = {name: value for name, value in settled.items() if not self._told((*key, name))}
        try:
            return model.model_validate(settled)
        except ValidationError as reasons:
            for reason in reasons.errors(include_url=False):
                place = (*key, *reason["loc"])
                if reason["type"] == "missing" and self._told(place):
                    continue
                self.complain(place, *_explain(reason, model))
            return None

    def _told(self, key: KeyPath) -> bool:
        dotted = ".".join(map(str, key))
        return any(problem.key in (dotted, f"{dotted}_file") for problem in self.problems)


def _explain(reason: ErrorDetails, model: type[Options]) -> tuple[str, str]:
    """Say what was found and what is allowed; the value of a secret is never shown."""
    name = str(reason["loc"][0]) if reason["loc"] else ""
    field = model.model_fields.get(name)
    meaning = f" ({field.description.splitlines()[0].rstrip('.')})" if field and field.description else ""
    if reason["type"] == "missing":
        file = f" or {name}_file" if name in secret_fields(model) else ""
        return "missing", f"write {name} = …{file}{meaning}"
    if reason["type"] == "extra_forbidden":
        secret_files = [f"{secret}_file" for secret in secret_fields(model)]
        return "unknown key", _one_of(name, [*model.model_fields, *secret_files])
    if reason["type"] in ("too_short", "string_too_short"):
        return "empty", f"write at least one{meaning}"
    shown = "a value that is not shown" if name in secret_fields(model) else repr(reason["input"])
    message = reason["msg"].removeprefix("Value error, ")
    return shown, f"{message[:1].lower()}{message[1:]}{meaning}"


def _one_of(found: str, allowed: Iterable[str]) -> str:
    names = list(allowed)
    near = difflib.get_close_matches(found, names, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}allowed: {', '.join(names) if names else 'nothing'}"
