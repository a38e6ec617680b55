"""`aslo storage retire`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.cli.reason import reason_option


@click.command(epilog='\b\nExamples:\n  aslo storage retire main --reason "moved to big"')
@click.argument("name")
@reason_option("Why; everybody who reads the log sees it.")
@click.pass_obj
def retire(config: Path, name: str, reason: str) -> None:
    """Take a storage out of service.

    It is written no more, and read no more but for what no other storage has. Refused while it is the primary one, or alone has
    something that is published. What lies on it stays there; `aslo storage add NAME` takes it into service again.
    """
    from aslo_core.bootstrap.storages import open_storages
    from aslo_core.cli.configured import configured
    from aslo_core.cli.login import login
    from aslo_core.events import Cause, StorageRetired
    from aslo_core.projections import copies, releases
    from aslo_core.receipts.in_force import Storages
    from aslo_core.release.recordable import recordable
    from aslo_core.storing.decisions import StorageDesk
    from aslo_core.storing.decisions import retire as retired

    with open_storages(configured(config)) as storages:
        storages.named(name)

        def decision(in_force: Storages) -> StorageRetired:
            storages.refresh()
            others = [storage for storage in in_force.active if storage != name]
            with storages.views.snapshot() as connection:
                alone = copies.alone(connection, name, others)
            return retired(in_force, name, alone, login(), recordable(reason))

        cause = Cause(source="operator", actor="operator")
        StorageDesk(storages.log, storages.backends.tables).decide(name, decision, cause)
        storages.refresh()
        with storages.views.snapshot() as connection:
            under_way = releases.open_runs_requiring(connection, name)
    click.echo(f"Storage {name} is retired. The way back: aslo storage add {name} --reason …")
    if under_way:
        runs = "1 release under way still goes" if under_way == 1 else f"{under_way:,} releases under way still go"
        click.echo(f"{runs} there: keep the table [storage.{name}] until none does.")
    else:
        click.echo(f"Its table [storage.{name}] may be removed from {config}.")
