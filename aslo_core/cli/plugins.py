"""`aslo plugins`."""

from __future__ import annotations

import click


@click.command(epilog="\b\nExamples:\n  aslo plugins\n  aslo plugins --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List the installed plugins.

    The second column is what `use = "…"` may say in aslo.toml, in a table of the kind in the first, the third
    the version of the plugin API that it is written for. Nothing is imported for it. A plugin that this ASLO cannot
    use is told of, with the reason.
    """
    import json

    from aslo_core.entry_points import installed, misnamed

    plugins = installed()
    for fault in (*misnamed(), *sorted({plugin.refusal for plugin in plugins if plugin.refusal})):
        click.echo(f"warning: {fault}", err=True)
    if as_json:
        rows = [
            {
                "kind": plugin.kind,
                "use": plugin.use,
                "api": plugin.api,
                "distribution": plugin.distribution,
                "refused": plugin.refusal,
            }
            for plugin in plugins
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    longest = max((len(plugin.use) for plugin in plugins), default=0)
    for plugin in plugins:
        refused = "  (refused)" if plugin.refusal else ""
        click.echo(f"{plugin.kind:<10}{plugin.use:<{longest + 2}}{plugin.api or '-':<6}{plugin.distribution}{refused}")
