"""`aslo plugins`."""

from __future__ import annotations

import click


@click.command(epilog="\b\nExamples:\n  aslo plugins\n  aslo plugins --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List the installed plugins.

    The second column is what `use = "…"` may say in aslo.toml, in a table of the kind in the first. Nothing is imported for it.
    """
    import json

    from aslo_core.entry_points import installed, misnamed

    rows = [{"kind": plugin.kind, "use": plugin.use, "distribution": plugin.distribution} for plugin in installed()]
    for fault in misnamed():
        click.echo(f"warning: {fault}", err=True)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['kind']:<10}{row['use']:<16}{row['distribution']}")
