"""`aslo config`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aslo_core.config.effective import Effective, EffectiveTable

_WIDE = 44
"""Columns of a value, before the comment that tells where it is from."""
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(epilog="\b\nExamples:\n  aslo config show\n  aslo config schema > aslo.schema.json\n  aslo config history")
def command() -> None:
    """Show what is configured, and what was."""


@command.command(epilog="\b\nExamples:\n  aslo config show\n  aslo config show --json")
@_JSON
@click.pass_obj
def show(config: Path, as_json: bool) -> None:
    """Show every value in force, and where it is from.

    What is printed is a configuration itself, but for secrets, which are never shown: defaults, values from the file with their
    line, and from the environment with the variable's name.
    """
    from aslo_core.cli.configured import configured
    from aslo_core.config.effective import effective

    found = configured(config)
    tables = list(effective(found.document, found.settings))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode({"file": str(found.settings.path), "tables": tables}))
        return
    for table in tables:
        click.echo(f"[{table.key}]")
        for line in _lines(table):
            click.echo(line)
        click.echo()


@command.command(epilog="\b\nExamples:\n  aslo config schema > aslo.schema.json")
def schema() -> None:
    """Print a JSON Schema of aslo.toml, for editors.

    It knows the options of all plugins that are installed, and imports them for that. With a first line
    "#:schema ./aslo.schema.json" in aslo.toml, editors with a TOML language server complete and check the file.
    """
    from aslo_core.cli.configured import only_warnings
    from aslo_core.config.schema import schema as schema_of
    from aslo_core.entry_points import installed
    from aslo_core.plugins import load

    only_warnings()
    plugins = load({(plugin.kind, plugin.use) for plugin in installed()})
    for (kind, use), reason in plugins.missing.items():
        click.echo(f"warning: {kind} {use} is left out: {reason}", err=True)
    click.echo(json.dumps(schema_of(plugins.options()), indent=2, ensure_ascii=False))


@command.command(epilog="\b\nExamples:\n  aslo config history\n  aslo config history --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def history(config: Path, as_json: bool) -> None:
    """Tell which configurations were in force, since when.

    Each is held against the one before it. Read from the log, where each `aslo serve` records what it starts with if that is
    new: for a table its plugin, the version
    and a digest of the plugin's code, and every value but for secrets.
    """
    import msgspec

    from aslo_core.bootstrap.databases import open_log
    from aslo_core.bootstrap.in_force import changes
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.moment import moment

    with open_log(core_configured(config)) as log:
        for change in changes(log):
            if as_json:
                click.echo(msgspec.json.encode(change))
                continue
            click.echo(f"{change.position:>7}  {moment(change.recorded_us)}  {change.digest[:12]}  ASLO {change.aslo}")
            for line in change.lines:
                click.echo(f"{'':>9}{line}")


def _lines(table: EffectiveTable) -> list[str]:
    lines = [f"{f'use = {json.dumps(table.use)}':<{_WIDE}} # line {table.line}"] if table.use else []
    for value in table.values:
        written = f"{value.key} = {_toml(value.value)}"
        if value.secret:
            written = f"# {value.key} is a secret"
        elif value.value is None:
            written = f"# {value.key} is not set"
        lines.append(f"{written:<{_WIDE}} # {_origin(value)}")
    return lines


def _origin(value: Effective) -> str:
    match value.origin:
        case "file":
            return f"line {value.line}"
        case "environment":
            return f"line {value.line}, from the environment: {value.named}"
        case "secret-file":
            return f"line {value.line}, from the file {value.named}"
        case "default":
            return "default"


def _toml(value: Any) -> str:
    """Write a JSON value as TOML does, on one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items() if item is not None) + " }"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
