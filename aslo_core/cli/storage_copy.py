"""`aslo storage copy`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.errors import AsloError


@click.command(epilog="\b\nExamples:\n  aslo storage copy big")
@click.argument("name")
@click.pass_obj
def copy(config: Path, name: str) -> None:
    """Copy everything to a storage that it lacks, now.

    Each object is read from a storage that has it, and read back before it counts. It may be interrupted, and goes on where
    it ended; `aslo serve` may run. Parked objects are tried again. Ends with 1 when something could not be copied.
    """
    import time

    from aslo_core.bootstrap.databases import copying_folder
    from aslo_core.bootstrap.storages import open_storages
    from aslo_core.cli.configured import configured
    from aslo_core.jobs.replicator import Replicator, Round, bring_everything
    from aslo_core.projections import copies
    from aslo_core.release.clock import LogClock

    with open_storages(configured(config)) as storages:
        backend = storages.named(name)
        with storages.views.snapshot() as connection:
            if copies.standing(connection, name).retired:
                raise AsloError(f"storage {name} is retired: take it into service again with `aslo storage add {name}`")
            before = copies.counts(connection, name)
        click.echo(f"Storage {name} has {before.stored:,} objects and lacks {before.missing:,}.")
        clock = LogClock(storages.log.newest_us)
        folder = copying_folder(storages.settings)
        replicator = Replicator(
            name, lambda: storages.backends, storages.log, storages.views.snapshot, folder, clock, actor="operator"
        )
        begun, done = time.monotonic(), Round()

        def told(batch: Round) -> None:
            done.received.extend(batch.received)
            rate = done.size / 1e6 / max(time.monotonic() - begun, 1e-3)
            storages.refresh()
            with storages.views.snapshot() as connection:
                left = copies.counts(connection, name).missing  # `aslo serve` copies too, and publishes
            click.echo(f"  {len(done.received):,} copied, {left:,} to go, {done.size / 1e6:,.1f} MB, {rate:,.1f} MB/s")

        refused = bring_everything(replicator, storages.refresh, told)
        with storages.views.snapshot() as connection:
            after = copies.counts(connection, name)
    for error in refused:
        click.echo(f"  refused: {error}", err=True)
    click.echo(f"Storage {backend.name} has {after.stored:,} objects ({after.size:,} bytes) and lacks {after.missing:,}.")
    if after.missing:
        raise click.exceptions.Exit(1)
