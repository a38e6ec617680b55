"""Holds a configuration against this machine, without starting anything that stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from sqlalchemy.exc import DatabaseError

from aslo_core.bootstrap import surroundings
from aslo_core.bootstrap.configuration import Configured, configure
from aslo_core.bootstrap.databases import views_path
from aslo_core.bootstrap.equipment import Equipment, equip
from aslo_core.bootstrap.instances import problems_of
from aslo_core.bootstrap.intake import answers
from aslo_core.bootstrap.places import shared_places
from aslo_core.config import CoreSettings, Document, Settings
from aslo_core.entry_points import Kind
from aslo_core.errors import ConfigError, ConfigProblem, Transient
from aslo_core.git import check_program
from aslo_core.probing.rows import ProbeRow
from aslo_core.projections import Views, copies, releases
from aslo_core.types import Builder, Isolation, Notifier, Templated, Value


class CheckedInstance(Value):
    """An enabled table that ASLO can make its object of.

    Attributes:
        distribution: name and version of what brought the plugin.
        isolation: of a builder, how builds are kept from the host on this machine.
    """

    kind: Kind
    name: str
    use: str
    distribution: str
    isolation: Isolation | None = None


class Report(Value):
    """A configuration that ASLO can start with.

    Attributes:
        git: version of the git program, empty when there is none and no table needs it.
        warnings: what could be better.
        probes: what was found by asking the peers, where that was wanted.
        ok: whether none of that is bad.
    """

    instances: tuple[CheckedInstance, ...]
    git: str
    warnings: tuple[ConfigProblem, ...]
    probes: tuple[ProbeRow, ...] = ()
    ok: bool = True

    def with_probes(self, probes: tuple[ProbeRow, ...]) -> Report:
        """The same report with what probes found."""
        return msgspec.structs.replace(self, probes=probes, ok=all(row.verdict != "bad" for row in probes))


@dataclass(frozen=True)
class Examined:
    """What is found by looking at the objects of a configuration.

    Attributes:
        isolations: how builds of each builder are kept from the host.
        idle: builders that cannot build at present.
        problems: why the configuration cannot be used.
    """

    isolations: Mapping[str, Isolation]
    idle: tuple[ConfigProblem, ...]
    problems: tuple[ConfigProblem, ...]


def examine(configured: Configured, equipment: Equipment) -> Examined:
    """Look whether what was made of a configuration can work together."""
    settings = configured.settings
    isolations, idle, never = _isolations(settings, equipment.builders)
    problems = (*never, *_templates(settings, equipment.notifiers))
    return Examined(isolations=isolations, idle=tuple(idle), problems=problems)


def doubts(configured: Configured) -> tuple[ConfigProblem, ...]:
    """Tell what ASLO can work with, and what is hardly meant so."""
    return (*_lost(configured.document, configured.settings), *_unneeded(configured))


def check(path: Path) -> Report:
    """Read a configuration and make the object of every enabled table.

    Raises:
        ConfigError: with every problem of the file; when it has none, with every table whose object cannot be made or used,
            and all that this machine lacks.
    """
    configured = configure(path)
    settings, plugins = configured.settings, configured.plugins
    try:
        examined = examine(configured, equip(configured, settings.public_url()))
    except ConfigError as reason:  # what needs no objects is looked at all the same
        told = dict.fromkeys((*reason.problems, *shared_places(settings, {})))
        examined = Examined(isolations={}, idle=(), problems=tuple(told))
    instances = (
        CheckedInstance(
            kind=instance.kind,
            name=instance.name,
            use=instance.use,
            distribution=plugins.found[instance.kind, instance.use].distribution,
            isolation=examined.isolations.get(instance.name) if instance.kind == "builder" else None,
        )
        for instance in settings.instances
    )
    if problems := (*examined.problems, *surroundings.problems(configured.document, settings)):
        raise ConfigError(problems)
    away = surroundings.warnings(configured.document, settings)
    warnings = (*settings.warnings, *away, *examined.idle, *doubts(configured))
    return Report(instances=tuple(instances), git=_git_version(), warnings=warnings)


def _templates(settings: Settings, notifiers: Mapping[str, Notifier]) -> Iterator[ConfigProblem]:
    """Say which messages cannot be made."""
    for instance in settings.of("notifier"):
        notifier = notifiers[instance.name]
        for problem in notifier.template_problems() if isinstance(notifier, Templated) else ():
            yield replace(problem, key=f"{instance.key}.{problem.key}")


def _isolations(
    settings: Settings, builders: Mapping[str, Builder]
) -> tuple[dict[str, Isolation], list[ConfigProblem], list[ConfigProblem]]:
    """Tell how builds of each builder are kept from the host, which cannot build at present, and which never can."""
    told: dict[str, Isolation] = {}
    problems: list[ConfigProblem] = []
    idle: list[ConfigProblem] = []
    for instance in settings.of("builder"):
        try:
            told[instance.name] = builders[instance.name].isolation
        except Transient as reason:
            consequence = "nothing is built by it until that is mended; ASLO takes releases meanwhile"
            idle.append(
                ConfigProblem(
                    file=str(settings.path), line=instance.line, key=instance.key, found=str(reason), allowed=consequence
                )
            )
        except ConfigError as reason:
            problems.extend(problems_of(reason, instance, settings))
    return told, idle, problems


def _unneeded(configured: Configured) -> tuple[ConfigProblem, ...]:
    """Warn of notifiers that can tell of releases of no enabled source."""
    settings = configured.settings
    sources = settings.of("source")
    return tuple(
        configured.document.problem(
            (notifier.kind, notifier.name),
            "no enabled source has releases that it can tell of",
            "enable a source of the same host, with the same address, or take this table out: nobody is told by it",
        )
        for notifier in settings.of("notifier")
        if not any(answers(configured, notifier, source) for source in sources)
    )


def _lost(document: Document, settings: CoreSettings) -> tuple[ConfigProblem, ...]:
    """Warn of sources that published activities belong to, and of storages that bundles lie on, which the file has no more.

    The read models are asked as they lie there: they are made anew from the log by who serves, not by who looks.
    """
    path = views_path(settings)
    if not path.exists():
        return ()
    views = Views(path)
    try:
        with views.snapshot() as connection:
            sources = releases.sources(connection)
            alone = {
                name: copies.alone(connection, name, document.named("storage"))
                for name in copies.storages_in_service(connection)
                if name not in document.named("storage")
            }
    except (Transient, DatabaseError) as reason:
        unknown = f"which sources and storages the log knows cannot be told ({reason})"
        return (
            document.problem(("data", "path"), unknown, "`aslo serve` makes views.db again where it is missing or damaged"),
        )
    finally:
        views.close()
    lost_sources = (
        document.problem(
            ("source", name),
            f"the log has releases of this source, and there is no table [source.{name}]",
            "a source's name is for good, since activities belong to repositories of that name: call the table so again, or"
            " keep one of that name with enabled = false where the source is no longer used",
        )
        for name in sources
        if name not in document.named("source")
    )
    lost_storages = (
        document.problem(
            ("storage", name),
            f"{count:,} published files lie on this storage alone, and there is no table [storage.{name}]",
            "they are not read from there: put the table back, and move with `aslo storage` (docs/how-to/move-storage.md); if"
            " it only got another name, `aslo storage verify` finds everything under the new one",
        )
        for name, count in alone.items()
        if count
    )
    return (*lost_sources, *lost_storages)


def _git_version() -> str:
    try:
        return check_program()
    except ConfigError:
        return ""  # whoever needs it has said so
