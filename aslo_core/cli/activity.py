"""`aslo activity`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.reason import reason_option

if TYPE_CHECKING:
    from aslo_core.events import Cause


@click.group(
    epilog='\b\nExamples:\n  aslo activity transfer org.example.Maze sugarlabs/maze-activity --reason "ada gave it away"\n'
    '  aslo activity lift org.example.Maze 29 --reason "the release was made anew"'
)
def command() -> None:
    """Give an activity to another repository, or lift a hold.

    An activity is named by its bundle id. `aslo audit history BUNDLE_ID` tells all that happened to it, and what was decided
    here.
    """


@command.command(
    epilog='\b\nExamples:\n  aslo activity transfer org.example.Maze sugarlabs/maze-activity --reason "ada gave it away"\n'
    '  aslo activity transfer org.example.Maze github/1296269 --reason "the source was renamed"'
)
@click.argument("bundle_id")
@click.argument("repository")
@reason_option("Why; everybody who reads the log sees it.")
@click.pass_obj
def transfer(config: Path, bundle_id: str, repository: str, reason: str) -> None:
    """Give a bundle id to another repository.

    REPOSITORY is one that has released here or tried to: owner/name, source/repository id, or address. From then on it alone
    may publish the activity. What was published before stays.
    """
    from aslo_core.audit.repositories import find_repository
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.login import login
    from aslo_core.release.ownership import ActivityDesk
    from aslo_core.release.ownership import transfer as transferred
    from aslo_core.release.recordable import recordable

    bundle_id = bundle_id.removeprefix("activity/")
    with open_log(core_configured(config)) as log:
        to = find_repository(log, repository)
        ActivityDesk(log).decide(bundle_id, lambda state: transferred(state, to, login(), recordable(reason)), _cause())
    click.echo(f"{bundle_id} belongs to {to.full_name} ({to.source}/{to.id}) from now on.")


@command.command(epilog='\b\nExamples:\n  aslo activity lift org.example.Maze 29 --reason "the release was made anew"')
@click.argument("bundle_id")
@click.argument("version")
@reason_option("Why; everybody who reads the log sees it.")
@click.pass_obj
def lift(config: Path, bundle_id: str, version: str, reason: str) -> None:
    """Lift the hold on a withdrawn version.

    The version stays withdrawn until a release publishes it again; any release of the activity's repository may do so then,
    with the same bytes.
    """
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.login import login
    from aslo_core.release.ownership import ActivityDesk
    from aslo_core.release.ownership import lift as lifted
    from aslo_core.release.recordable import recordable

    bundle_id = bundle_id.removeprefix("activity/")
    with open_log(core_configured(config)) as log:
        ActivityDesk(log).decide(bundle_id, lambda state: lifted(state, version, login(), recordable(reason)), _cause())
    click.echo(f"Version {version} of {bundle_id} is on hold no more: it can be published again with the same bytes.")


def _cause() -> Cause:
    from aslo_core.events import Cause

    return Cause(source="operator", actor="operator")
