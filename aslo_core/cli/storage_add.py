"""`aslo storage add`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.errors import AsloError


@click.command(
    epilog="\b\nExamples:\n  aslo storage add big --use local --set path=/mnt/big/aslo\n"
    "  aslo storage add mirror --use ftp --set host=ftp.example.org --set user=aslo \\\n"
    "      --set password_file=secrets/ftp-password\n"
    '  aslo storage add main --reason "moving back"            a retired one'
)
@click.argument("name")
@click.option("--use", metavar="PLUGIN", help="The plugin, as `aslo plugins` lists it.")
@click.option("--set", "keys", metavar="KEY=VALUE", multiple=True, help="A key of its table; may be given several times.")
@click.option("--reason", default="", help="Why a retired storage is taken into service again; it stays in the log for good.")
@click.pass_obj
def add(config: Path, name: str, use: str | None, keys: tuple[str, ...], reason: str) -> None:
    """Add a storage, or take a retired one into service again.

    The table [storage.NAME] is written to the end of the configuration with required = false, after the whole of that was
    checked. Secrets belong into files: --set password_file=PATH. Where that was broken off, the same command again ends it.
    """
    from aslo_core.bootstrap.new_storage import add_table, has_table, parse_keys

    if use is None and keys:
        raise click.BadParameter("say with --use what it is for", param_hint="--set")
    if use is None and not has_table(config, name):
        raise AsloError(f"{config} has no table [storage.{name}]; say what it is with --use PLUGIN and --set KEY=VALUE")
    if use is not None:
        add_table(config, name, use, parse_keys(keys))
        click.echo(f"{config} has a table [storage.{name}] now, with required = false.")
    _record(config, name, use, reason)
    click.echo(f"`aslo serve` copies what is missing by itself. `aslo storage copy {name}` does so at once,")
    click.echo("and `aslo storage list` tells how far it is.")


def _record(config: Path, name: str, use: str | None, reason: str) -> None:
    """Record that a storage is there, and that it is in service again where it is retired.

    Raises:
        AsloError: it was in service all the time.
    """
    from aslo_core.bootstrap.databases import is_first_log, open_log
    from aslo_core.bootstrap.intake import storage_tables
    from aslo_core.cli.configured import configured
    from aslo_core.cli.login import login
    from aslo_core.events import Cause, StorageAdded
    from aslo_core.log import Entry
    from aslo_core.release.recordable import recordable
    from aslo_core.storing.decisions import StorageDesk, decided, restore, storage_stream

    settings = configured(config).settings
    if is_first_log(settings):
        return
    tables = storage_tables(settings)
    cause = Cause(source="operator", actor="operator")
    with open_log(settings) as log:
        retired = name in decided(log, tables).storages.retired
        if use is None and not retired:
            is_on = any(name == table for table, _ in tables)
            stands = "in service already" if is_on else "switched off: write enabled = true and required = false there"
            raise AsloError(f"storage {name} has a table in {config}, and is {stands}")
        if retired and not reason.strip():
            raise click.BadParameter(f"storage {name} is retired: say why it comes back", param_hint="--reason")
        if use is not None:
            log.append([Entry(storage_stream(name), StorageAdded(use=use, by=login()))], cause=cause)
        if retired:
            decision = StorageDesk(log, tables)
            decision.decide(name, lambda storages: restore(storages, name, login(), recordable(reason)), cause)
            click.echo(f"Storage {name} is in service again.")
