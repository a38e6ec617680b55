"""`aslo storage list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.storing.overview import StorageOverview


@click.command("list", epilog="\b\nExamples:\n  aslo storage list\n  aslo storage list --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@click.pass_obj
def list_(config: Path, as_json: bool) -> None:
    """List the storages, and what each has and lacks.

    Objects are bundles and pictures of published versions, withdrawn ones among them. A parked object was refused by the
    storage; `aslo storage copy` tries it again.
    """
    import msgspec

    from aslo_core.bootstrap.storages import open_storages
    from aslo_core.cli.configured import configured
    from aslo_core.storing.overview import overview

    with open_storages(configured(config)) as storages, storages.views.snapshot() as connection:
        rows = overview(connection, storages.backends.tables)
    for row in rows:
        if as_json:
            click.echo(msgspec.json.encode(row))
        else:
            _print(row)


def _print(row: StorageOverview) -> None:
    from aslo_core.cli.moment import moment
    from aslo_core.plain_text import one_line
    from aslo_core.projections.copy_tables import EMPTIED

    roles = ["retired"] if row.retired else ["primary"] * row.primary + ["required" if row.required else "not required"]
    lacks = f", {row.missing:,} missing" if row.missing else ""
    parked = f" ({row.parked:,} parked)" if row.parked else ""
    click.echo(f"{row.storage:<16} {', '.join(roles):<18} {row.stored:,} objects, {row.size:,} bytes{lacks}{parked}")
    if row.compared_us is not None:
        click.echo(f"  compared with the log {moment(row.compared_us)} UTC")
    if row.emptied:
        click.echo(f"  {EMPTIED}")
    if row.parked_error:
        click.echo(f"  parked: {one_line(row.parked_error)}")
    if row.error:
        click.echo(f"  failed {row.failures} times: {one_line(row.error)}; tried again from {moment(row.retry_at_us)} UTC on")
