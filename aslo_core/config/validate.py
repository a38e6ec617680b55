"""Holds a configuration file against what is allowed, and collects everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aslo_core.config.bundle_settings import BundleSettings
from aslo_core.config.consistency import contradictions
from aslo_core.config.document import Document
from aslo_core.config.explain import one_of
from aslo_core.config.findings import Findings
from aslo_core.config.lines import KeyPath
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.config.settings import (
    CORE_TABLES,
    BrokerSettings,
    BuilderSettings,
    BuildSettings,
    CoreSettings,
    DataSettings,
    Instance,
    ProcessesSettings,
    ReconcileSettings,
    ServerSettings,
    Settings,
    StorageSettings,
    core_keys,
)
from aslo_core.config.table import OneOptions, Table
from aslo_core.config.words import kind_of, shown
from aslo_core.entry_points import KINDS, Kind
from aslo_core.errors import ConfigError
from aslo_core.types import Options

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ALLOWED_NAME = "it must be a lower-case letter, then up to 31 lower-case letters, digits or hyphens"


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
    storages = {
        name: validator.of_core("storage", name, table, StorageSettings) for name, table in document.instances("storage")
    }
    builders = {
        name: validator.of_core("builder", name, table, BuilderSettings) for name, table in document.instances("builder")
    }
    core = validator.core()
    validator.whole(core, storages)
    validator.end()
    return Settings(
        path=core.path,
        server=core.server,
        data=core.data,
        broker=core.broker,
        processes=core.processes,
        build=core.build,
        bundle=core.bundle,
        reconcile=core.reconcile,
        instances=tuple(instances),
        storages=storages,
        builders=builders,
        warnings=tuple(validator.findings.warnings),
    )


def validate_core(document: Document, environ: Mapping[str, str]) -> CoreSettings:
    """Make settings of the core's own tables alone, whatever the others say.

    Args:
        document: the file.
        environ: the environment, for `${VARIABLE}`.

    Raises:
        ConfigError: with every problem in those tables, in the order of the file.
    """
    validator = _Validator(document, environ)
    validator.top_level()
    core = validator.core()
    validator.end()
    return core


class _Validator:
    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document = document
        self.environ = environ
        self.findings = Findings(document)

    def top_level(self) -> None:
        for name, value in self.document.data.items():
            if name not in CORE_TABLES and name not in KINDS:
                unknown = "unknown table" if isinstance(value, dict) else "unknown key"
                self.findings.problem((name,), unknown, one_of(name, (*CORE_TABLES, *KINDS)))
            elif not isinstance(value, dict):
                self.findings.problem((name,), kind_of(value), f"it must be a table [{name}{'.NAME' if name in KINDS else ''}]")
            elif name in KINDS:
                for instance, table in value.items():
                    if not isinstance(table, dict):
                        hint = f'it must be a table [{name}.NAME], in single brackets, with use = "…"'
                        self.findings.problem((name, instance), kind_of(table), hint)

    def core(self) -> CoreSettings:
        return CoreSettings(
            path=self.document.path,
            server=self.table("server", ServerSettings),
            data=self.table("data", DataSettings),
            broker=self.table("broker", BrokerSettings),
            processes=self.table("processes", ProcessesSettings),
            build=self.table("build", BuildSettings),
            bundle=self.table("bundle", BundleSettings),
            reconcile=self.table("reconcile", ReconcileSettings),
        )

    def end(self) -> None:
        if self.findings.problems:
            raise ConfigError(self.findings.problems)

    def table(self, name: str, model: type[OneOptions]) -> OneOptions:
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
        if not NAME.fullmatch(name):
            self.findings.problem(key, f"the name {shown(name)}", _ALLOWED_NAME)
        if not isinstance(table.get("enabled", True), bool):
            self.findings.problem((*key, "enabled"), shown(table["enabled"]), "it must be true or false")
        only = self._only(key, table) if kind == "notifier" else NoticeFilter()
        use = table.get("use")
        if not isinstance(use, str):
            found = "missing" if use is None else shown(use)
            self.findings.problem((*key, "use"), found, f'write use = "…", with the name of a {kind} plugin in quotes')
            return None
        model = options.get((kind, use))
        if model is None:
            self.findings.problem((*key, "use"), shown(use), missing.get((kind, use), f"the name of a {kind} plugin"))
            return None
        mine = core_keys(kind)
        made = self._make(key, {name: value for name, value in table.items() if name not in mine}, model, mine)
        if made is None or only is None:
            return None
        lines = {name: self.document.line((*key, name)) for name in table}
        return Instance(kind=kind, name=name, use=use, options=made, line=self.document.line(key), lines=lines, only=only)

    def of_core(self, kind: Kind, name: str, table: Mapping[str, Any], model: type[OneOptions]) -> OneOptions:
        """Take the core's own keys from an instance's table."""
        own = {key: value for key, value in table.items() if key in model.model_fields}
        made = Table((kind, name), own, model, self.findings).validated(self.environ, self.document.path)
        return made if made is not None else model()

    def whole(self, core: CoreSettings, storages: Mapping[str, StorageSettings]) -> None:
        """Check what no table can tell by itself; a table with a problem of its own counts as there."""
        if not any(map(self.findings.told, (("build",), ("bundle",)))):
            for keys, found, allowed in contradictions(core):
                written = (key for key in keys if key[1] in self.document.data.get(key[0], {}))
                self.findings.problem(next(written), found, allowed)
        builders = [name for name, _ in self.document.instances("builder")]
        build = self.document.data.get("build")
        named = build.get("builder") if isinstance(build, dict) else None
        builder = named if isinstance(named, str) else BuildSettings().builder
        if builder not in builders and not self.findings.told(("build", "builder")):
            self.findings.problem(
                ("build", "builder"),
                f"{shown(builder)}, and there is no enabled [builder.{builder}]",
                one_of(builder, builders) if builders else 'add a table [builder.NAME] with use = "…"',
            )
        for account in core.build.run_setup_for:
            source = account.partition(":")[0]
            if source not in self.document.named("source"):
                found = f"{shown(account)}, and there is no table [source.{source}]"
                self.findings.problem(("build", "run_setup_for"), found, one_of(source, self.document.named("source")))
        for kind in ("source", "storage"):
            if not any(self.document.instances(kind)) and not self.findings.told((kind,)):
                self.findings.problem((kind,), f"no {kind} is enabled", f'add a table [{kind}.NAME] with use = "…"')
        if storages and not any(storage.required for storage in storages.values()):
            self.findings.problem(
                ("storage", next(iter(storages)), "required"),
                "no enabled storage is required",
                "one at least must have a release before it is published: remove required = false from one of them",
            )

    def _only(self, key: KeyPath, table: Mapping[str, Any]) -> NoticeFilter | None:
        return self._make(key, {name: table[name] for name in NoticeFilter.model_fields if name in table}, NoticeFilter)

    def _make(
        self, key: KeyPath, table: Mapping[str, Any], model: type[OneOptions], beside: tuple[str, ...] = ()
    ) -> OneOptions | None:
        return Table(key, table, model, self.findings, beside).validated(self.environ, self.document.path)
