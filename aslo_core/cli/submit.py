"""`aslo submit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.bootstrap.configuration import Configured
    from aslo_core.types import Submittable


@click.command(
    epilog="\b\nExamples:\n  aslo submit https://example.org/maze-activity.git v29\n"
    "  aslo submit --source github sugarlabs/maze-activity v29 --wait"
)
@click.argument("address")
@click.argument("tag")
@click.option("--source", "name", default="git", show_default=True, help="Name of the [source.NAME] to fetch it from.")
@click.option("--wait", is_flag=True, help="Wait for the end and show what happens; end with 1 unless it is published.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON objects, one on each line.")
@click.pass_obj
def command(config: Path, address: str, tag: str, name: str, wait: bool, as_json: bool) -> None:
    """Release a tag of a repository by hand.

    ADDRESS is the repository as its source writes it, TAG the name of the git tag. A running `aslo serve` takes it up at once;
    without one, it waits in the log.
    """
    import msgspec
    import uuid_utils

    from aslo_core.bootstrap.databases import make_log, open_log
    from aslo_core.bootstrap.intake import make_intake
    from aslo_core.cli.configured import configured
    from aslo_core.cli.following import follow
    from aslo_core.cli.login import login
    from aslo_core.cli.serving import who_takes_it_up
    from aslo_core.projections.addresses import release_path
    from aslo_core.types import Announced, Person

    made = configured(config)
    settings = made.settings
    announcement = _source(made, name).announce(address, tag, Person(login=login()))
    make_log(settings)
    with open_log(settings) as log:
        before = log.head()
        announced = Announced(str(uuid_utils.uuid7()), "submitted", announcement)
        receipt = make_intake(made, log).receive(name, announced, f"{address} {tag}".encode(), actor="operator")
        if as_json:
            click.echo(msgspec.json.encode(receipt))
        else:
            click.echo(f"{receipt.decision}: {receipt.release or receipt.reason}")
        if receipt.decision != "accepted":
            raise click.exceptions.Exit(1)
        if not as_json and not wait:
            click.echo(who_takes_it_up(settings))
            click.echo(f"See {settings.public_url()}{release_path(receipt.release)}, or add --wait.")
        if wait and not follow(log, receipt.release, before, settings, as_json=as_json):
            raise click.exceptions.Exit(1)


def _source(made: Configured, name: str) -> Submittable:
    """Make the object of one source, and of nothing else.

    Raises:
        AsloError: there is none of that name, or it takes webhooks only.
    """
    from aslo_core.bootstrap.instances import create
    from aslo_core.types import Submittable

    settings = made.settings
    wanted = [instance for instance in settings.of("source") if instance.name == name]
    if not wanted:
        enabled = ", ".join(instance.name for instance in settings.of("source"))
        raise AsloError(f"no source named {name!r} is enabled in {settings.path}; enabled: {enabled}; choose one with --source")
    source = create(settings, made.plugins, settings.public_url(), wanted)["source"][name]
    if not isinstance(source, Submittable):
        raise AsloError(f"source {name!r} takes webhooks only, nothing by hand; choose another one with --source")
    return source
