"""`aslo builder`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.types import BuilderImage

_NAME = click.argument("name", required=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")


@click.group(epilog="\b\nExamples:\n  aslo builder image build\n  aslo builder image show")
def command() -> None:
    """Look after the builders."""


@command.group(epilog="\b\nExamples:\n  aslo builder image build\n  aslo builder image show docker")
def image() -> None:
    """Make and show the image of builds."""


@image.command(epilog="\b\nExamples:\n  aslo builder image build\n  aslo builder image build docker --json")
@_NAME
@_JSON
@click.pass_obj
def build(config: Path, name: str | None, as_json: bool) -> None:
    """Make an image to build in.

    It has ASLO's packer, Sugar's own builder and the Debian packages that they need, in the versions that apt brings today.
    NAME is that of the table [builder.NAME]; without it the one that [build] names is meant. The image is used once its digest
    stands in that table, so that no build changes unnoticed. The same packages give the same digest everywhere.
    """
    from aslo_core.bootstrap.builder_images import imaged_builder
    from aslo_core.cli.configured import only_warnings

    only_warnings()
    found = imaged_builder(config, name)
    made = found.builder.build_image(lambda line: click.echo(line, err=True))
    if as_json:
        _print_json(made)
        return
    _print(made)
    if not made.pinned:
        click.echo(f'\nTo build in it, write below [{found.key}] in {config}:\n\n  image = "{made.digest}"')


@image.command(epilog="\b\nExamples:\n  aslo builder image show\n  aslo builder image show docker --json")
@_NAME
@_JSON
@click.pass_obj
def show(config: Path, name: str | None, as_json: bool) -> None:
    """Show the image that is configured."""
    from aslo_core.bootstrap.builder_images import imaged_builder
    from aslo_core.cli.configured import only_warnings

    only_warnings()
    found = imaged_builder(config, name).builder.image()
    if as_json:
        _print_json(found)
    else:
        _print(found)


def _print_json(found: BuilderImage) -> None:
    import msgspec

    click.echo(msgspec.json.encode(found))


def _print(found: BuilderImage) -> None:
    click.echo(f"image      {found.digest}{'' if found.pinned else ' (not the one that is configured)'}")
    click.echo(f"toolchain  {found.toolchain.name} {found.toolchain.version} ({found.toolchain.runtime})")
    for package in found.packages:
        click.echo(f"package    {package}")
