"""`aslo init`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.bootstrap.init import Initialised

_OWNER = re.compile(r"[A-Za-z0-9_-]{1,100}|\*")


def _owners(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> list[str]:
    for name in names:
        if not _OWNER.fullmatch(name):
            raise click.BadParameter(f"{name!r} is no account's name; write names such as sugarlabs, or '*' for everybody")
    return list(names)


@click.command(
    epilog="\b\nExamples:\n  aslo init                     in an empty folder, or beside an aslo.toml\n"
    "  aslo init --owner ada --owner sugarlabs\n  aslo -c /etc/aslo/aslo.toml init"
)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    callback=_owners,
    help="GitHub account whose repositories may release here, '*' for all; may be given several times. For a new aslo.toml.",
)
@click.pass_obj
def command(config: Path, owners: list[str]) -> None:
    """Make a configuration and a webhook secret.

    Writes aslo.toml where there is none, makes the secret of its GitHub source, and switches that source on. What is there
    already stays as it is: a second call changes nothing.
    """
    from aslo_core.bootstrap.init import initialise

    for line in _told(config, initialise(config, owners)):
        click.echo(line)


def _told(config: Path, made: Initialised) -> list[str]:
    url = made.public_url.rstrip("/") or "https://<address of this ASLO>"
    accounts = "everybody who has the secret" if "*" in made.owners else f"{', '.join(made.owners)} alone"
    secret = f"the text in {made.secret}" if made.secret else "the one that aslo.toml tells of"
    return [
        f"{config}: {'written; every option is explained in it' if made.new_file else 'is here already'}",
        *(
            [f"{made.secret}: {'a new secret, readable by you alone' if made.new_secret else 'is here already'}"]
            if made.secret
            else []
        ),
        f"{config}: [source.github] is {'switched on' if made.switched_on else 'on already'}",
        f"{config}:{made.owners_line}: releases are taken from {accounts}; that line says so",
        "",
        "Next:",
        "  1. In the repository or organisation on GitHub, Settings → Webhooks → Add webhook:",
        f"     Payload URL: {url}/api/hook",
        "     Content type: application/json",
        f"     Secret: {secret}",
        "     Events: only Releases",
        "  2. aslo check",
        "  3. aslo serve",
    ]
