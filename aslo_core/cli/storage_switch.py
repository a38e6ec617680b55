"""`aslo storage switch`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.cli.reason import reason_option


@click.command(epilog='\b\nExamples:\n  aslo storage switch big --reason "the old disk is full"')
@click.argument("name")
@reason_option("Why; everybody who reads the log sees it.")
@click.pass_obj
def switch(config: Path, name: str, reason: str) -> None:
    """Make a storage the primary one.

    It is required of every release from then on, and read first; a running `aslo serve` follows at once. Its table says so
    afterwards. Refused while it lacks anything that is published. The former one goes on being written, and is required
    where its table says so: `aslo storage switch` to that is the way back. Called again, it ends what was broken off.
    """
    from aslo_core.bootstrap.storages import open_storages
    from aslo_core.cli.configured import configured
    from aslo_core.cli.login import login
    from aslo_core.events import Cause, StorageSwitched
    from aslo_core.projections import copies
    from aslo_core.receipts.in_force import Storages
    from aslo_core.release.recordable import recordable
    from aslo_core.storing.decisions import StorageDesk, decided
    from aslo_core.storing.decisions import switch as switched

    with open_storages(configured(config)) as storages:
        storages.named(name)
        if decided(storages.log, storages.backends.tables).storages.primary == name and _write_down(config, name):
            return

        def decision(in_force: Storages) -> StorageSwitched:
            storages.refresh()
            with storages.views.snapshot() as connection:
                missing = copies.counts(connection, name).missing
            return switched(in_force, name, missing, login(), recordable(reason))

        cause = Cause(source="operator", actor="operator")
        event = StorageDesk(storages.log, storages.backends.tables).decide(name, decision, cause).event
        former = event.before if isinstance(event, StorageSwitched) else ""
        waited_for = dict(storages.backends.tables).get(former, False)
    _write_down(config, name)
    click.echo(f"Storage {name} is the primary one from now on. {former} goes on being written; the way back is")
    click.echo(f"  aslo storage switch {former} --reason …")
    if waited_for:
        click.echo(f"Releases wait for {former} too, as long as [storage.{former}] says required = true, which is the default.")
    click.echo(f"Once it is not needed any more: aslo storage retire {former} --reason …")


def _write_down(config: Path, name: str) -> bool:
    """Let the file say what is in force, and tell whether it said otherwise; where it cannot be changed, nothing is undone."""
    from aslo_core.bootstrap.new_storage import require
    from aslo_core.errors import AsloError

    try:
        if not require(config, name):
            return False
        click.echo(f"[storage.{name}] in {config} says required = true now.")
    except AsloError as reason:
        click.echo(f"Write required = true below [storage.{name}] yourself: {reason}", err=True)
    return True
