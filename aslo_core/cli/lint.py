"""`aslo lint`."""

from __future__ import annotations

from pathlib import Path

import click

from aslo_core.errors import Permanent


@click.command(
    epilog="\b\nExamples:\n  aslo lint .                    the checkout in this folder\n  aslo lint Maze-29.xo --json"
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(path: Path, as_json: bool) -> None:
    """Hold a checkout or a bundle against the rules, offline.

    PATH is a .xo, or a folder of a git checkout, which is packed as ASLO packs it from the files that git tracks. Needs no
    aslo.toml. Ends with 1 when a rule is broken; a warning breaks none.
    """
    import msgspec

    from aslo_core.bootstrap.lint import lint
    from aslo_core.cli.configured import only_warnings

    only_warnings()
    try:
        linted = lint(path)
    except Permanent as broken:
        if as_json:
            problem = {"rule": broken.rule, "found": broken.found, "cure": broken.cure}
            click.echo(msgspec.json.encode({"ok": False, **problem}))
        else:
            click.echo(f"{broken.rule}: {broken.found}\n  {broken.cure}")
        raise click.exceptions.Exit(1) from None
    found = linted.inspection
    metadata = found.metadata
    if as_json:
        answer = {"ok": True, "warnings": linted.warnings, "content_digest": found.content_digest, "metadata": metadata}
        click.echo(msgspec.json.encode(answer))
        return
    for warning in linted.warnings:
        click.echo(f"warning: {warning}")
    click.echo(
        f"{metadata.name} {metadata.version} ({metadata.bundle_id}) keeps all rules: {found.entries} files, "
        f"{metadata.toolkit}, Sugar {metadata.min_sugar} or newer."
    )
