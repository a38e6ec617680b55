"""`aslo check`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from aslo_core.bootstrap.configuration import configure
from aslo_core.errors import ConfigError


@click.command(epilog="\b\nExamples:\n  aslo check\n  aslo -c /etc/aslo/aslo.toml check --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def command(config: Path, as_json: bool) -> None:
    """Check the configuration: every problem at once, with its line. Ends with 2 when there is one."""
    try:
        configured = configure(config)
    except ConfigError as reasons:
        if not as_json:
            raise
        problems = [
            {"file": p.file, "line": p.line, "key": p.key, "found": p.found, "allowed": p.allowed} for p in reasons.problems
        ]
        click.echo(msgspec.json.encode({"ok": False, "problems": problems}))
        raise click.exceptions.Exit(2) from None
    instances = configured.settings.instances
    if as_json:
        rows = [{"kind": i.kind, "name": i.name, "use": i.use} for i in instances]
        click.echo(msgspec.json.encode({"ok": True, "instances": rows}))
        return
    click.echo(f"{config}: all is well.")
    for instance in instances:
        provider = configured.plugins.distributions[instance.kind, instance.use]
        click.echo(f"  [{instance.kind}.{instance.name}]  {instance.use}  ({provider})")
