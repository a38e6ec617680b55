"""The configuration in the log: what was in force when, so that an auditor need not believe a file of today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import msgspec
import structlog

from aslo_core import __version__
from aslo_core import events as e
from aslo_core.bootstrap.configuration import Configured
from aslo_core.config.effective import EffectiveTable, effective
from aslo_core.log import Entry, EventLog, VersionConflict
from aslo_core.storing.decisions import Tables, storages_in_force
from aslo_core.types import Value

log = structlog.get_logger(__name__)

STREAM = "config"
_CAUSE = e.Cause(source="configuration", actor="operator")


def take_effect(events: EventLog, configured: Configured, storages: Tables) -> None:
    """Record a configuration, unless it is the one that is in force already.

    Args:
        events: the log.
        configured: the configuration.
        storages: the enabled storages, and whether each is required.

    Raises:
        AsloError: it cannot take effect: no storage that is required is left in service.
        LogUnavailable: the log cannot be read or written.
    """
    storages_in_force(events, storages)
    now = in_force(configured)
    while True:
        version, before = 0, ""
        for recorded in events.read(STREAM):
            version = recorded.version
            before = recorded.event.digest if isinstance(recorded.event, e.ConfigChanged) else ""
        if before == now.digest:
            return
        try:
            events.append([Entry(STREAM, now)], cause=_CAUSE, expect={STREAM: version})
        except VersionConflict:
            continue  # another process began with its own at the same moment
        log.info("config.changed", digest=now.digest)
        return


class Change(Value):
    """One configuration of the log, held against the one before.

    Attributes:
        position: of its event.
        recorded_us: since when it was in force, µs since 1970 UTC.
        digest: its digest.
        aslo: version of the core.
        lines: what differs from the one before, a line each; all tables of the first one.
    """

    position: int
    recorded_us: int
    digest: str
    aslo: str
    lines: tuple[str, ...]


def changes(events: EventLog) -> Iterator[Change]:
    """Tell every configuration that was in force, oldest first.

    Raises:
        LogUnavailable: the log cannot be read.
    """
    before: dict[str, str] = {}
    for recorded in events.read(STREAM):
        if isinstance(recorded.event, e.ConfigChanged):
            now = _lines(recorded.event)
            gone = [f"- {key}{before[key]}" for key in before if key not in now]
            new = [f"+ {key}{said}" for key, said in now.items() if key not in before]
            other = [f"~ {key}{said}, before{before[key]}" for key, said in now.items() if before.get(key, said) != said]
            yield Change(
                position=recorded.position,
                recorded_us=recorded.recorded_us,
                digest=recorded.event.digest,
                aslo=recorded.event.aslo,
                lines=(*gone, *new, *other),
            )
            before = now


def _lines(event: e.ConfigChanged) -> dict[str, str]:
    """What of a configuration can change, each by its key."""
    told = {}
    for table in event.tables:
        if table.use:
            told[f"[{table.key}]"] = f" {table.use} ({table.distribution}, code {table.code[:12]})"
        for value in table.values:
            told[f"{table.key}.{value.key}"] = " (a secret)" if value.secret else f" = {value.value or '(not set)'}"
    return told


def in_force(configured: Configured) -> e.ConfigChanged:
    """Describe a configuration as the log has it."""
    tables = tuple(_recorded(table, configured) for table in effective(configured.document, configured.settings))
    told = {"aslo": __version__, "tables": msgspec.to_builtins(tables)}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    return e.ConfigChanged(digest=digest, aslo=__version__, tables=tables)


def _recorded(table: EffectiveTable, configured: Configured) -> e.ConfiguredTable:
    plugin = configured.plugins.found[table.kind, table.use] if table.kind else None
    return e.ConfiguredTable(
        key=table.key,
        use=table.use,
        distribution=plugin.distribution if plugin else "",
        code=plugin.code_digest() if plugin else "",
        values=tuple(
            e.ConfiguredValue(
                key=value.key,
                value="" if value.value is None else json.dumps(value.value, sort_keys=True, ensure_ascii=False),
                secret=value.secret,
            )
            for value in table.values
        ),
    )
