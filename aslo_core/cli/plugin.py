"""`aslo plugin`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.entry_points import Kind

_KINDS = ("source", "builder", "storage", "notifier")


@click.group(epilog="\b\nExamples:\n  aslo plugin new storage shelf\n  aslo plugins             list those that are installed")
def command() -> None:
    """Write a plugin of your own."""


@command.command(epilog="\b\nExamples:\n  aslo plugin new storage shelf\n  aslo plugin new notifier pager --into ~/plugins")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    show_default="this folder",
    help="The folder that its folder is made in.",
)
def new(kind: Kind, name: str, into: Path) -> None:
    """Write the distribution of a new plugin, small and working.

    It has a README, a pyproject.toml, options, the object, the hook, and the suite of tests that every plugin of its
    KIND has to pass, which it passes as it is written. NAME is what `use = "…"` is to say in aslo.toml. Nothing that
    exists is changed.
    """
    from aslo_core.api_version import API
    from aslo_core.entry_points import installed
    from aslo_core.new_plugin import NewPlugin

    try:
        plugin = NewPlugin(kind, name)
    except ValueError as reason:
        raise click.BadParameter(str(reason), param_hint="NAME") from None
    for other in installed():
        if (other.kind, other.use) == (kind, name):
            raise click.ClickException(
                f"a {kind} named {name} is installed already ({other.distribution}): choose another name"
            )
    folder = into / plugin.distribution
    try:
        paths = plugin.write(into)
    except FileExistsError:
        raise click.ClickException(
            f"{folder} is there already, and nothing was changed: move it away, or name another"
        ) from None
    click.echo(f"Wrote {folder}, a {kind} for plugin API {API}:")
    for path in paths:
        click.echo(f"  {path.relative_to(folder)}")
    click.echo(
        "Install it where ASLO is, see that it is there, and run its tests:\n"
        f"  python -m pip install --no-build-isolation --editable {folder}\n"
        "  aslo plugins\n"
        f"  python -m pytest {folder}"
    )
