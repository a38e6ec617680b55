"""`aslo release cancel`, `aslo release withdraw` and `aslo release lift`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.reason import reason_option
from aslo_core.cli.release_stream import release_stream
from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from aslo_core.log import EventLog
    from aslo_core.release.commands import Cancel, Lift, Withdraw
    from aslo_core.release.state import ReleaseState


@click.command(
    epilog='\b\nExamples:\n  aslo release cancel github/1296269/1\n  aslo release cancel github/1296269/1 --reason "it hangs"'
)
@click.argument("stream")
@click.option("--reason", default="no reason was given", help="Why; the developer is told, and everybody who reads the log.")
@click.pass_obj
def cancel(config: Path, stream: str, reason: str) -> None:
    """End the run of a release that is on its way.

    Whatever is being done for it ends within a second. `aslo release retry` opens a new run, at once if you like.
    """
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.login import login
    from aslo_core.release.commands import Cancel
    from aslo_core.release.recordable import recordable

    stream = release_stream(stream)
    with open_log(core_configured(config)) as log:
        _handle(log, stream, Cancel(by=login(), reason=recordable(reason)))
    click.echo(f"{stream} is cancelled. `aslo release retry {stream}` begins it anew.")


@click.command(epilog='\b\nExamples:\n  aslo release withdraw github/1296269/1 --reason "it deletes journals"')
@click.argument("stream")
@reason_option("Why; the version's page tells it, and everybody who reads the log sees it.")
@click.pass_obj
def withdraw(config: Path, stream: str, reason: str) -> None:
    """Take a release back, and hold it.

    What it published leaves the catalogue and the updater's answers at once; a run on its way ends. Nothing publishes it again
    until `aslo release lift`: no delivery, no retry, and no other release of the same version.
    """
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.login import login
    from aslo_core.release.commands import Withdraw
    from aslo_core.release.desk import ReleaseDesk
    from aslo_core.release.recordable import recordable

    stream = release_stream(stream)
    with open_log(core_configured(config)) as log:
        state = _handle(log, stream, Withdraw(by=login(), reason=recordable(reason), hold="operator"))
        left = ReleaseDesk(log).still_published(state)
    click.echo(f"{stream} is withdrawn, and on hold until `aslo release lift {stream}`.")
    for was in state.withdrawn:
        click.echo(f"  version {was.version} of {was.bundle_id}")
    if not state.withdrawn:
        click.echo("It had published no version, so that no version is on hold: another release may publish the same one.")
    for bundle_id, version in left:
        click.echo(
            f"Version {version.version} of {bundle_id} can be downloaded all the same: {version.release} published the same"
            " bytes. Withdraw that too if it is not to be had."
        )


@click.command(epilog='\b\nExamples:\n  aslo release lift github/1296269/1 --reason "the journals were safe"')
@click.argument("stream")
@reason_option("Why; everybody who reads the log sees it.")
@click.pass_obj
def lift(config: Path, stream: str, reason: str) -> None:
    """Lift the hold on a withdrawn release.

    It stays withdrawn until it is published again, with the same bytes: by `aslo release retry`, or on its host.
    """
    from aslo_core.bootstrap.databases import open_log
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.login import login
    from aslo_core.release.commands import Lift
    from aslo_core.release.recordable import recordable

    stream = release_stream(stream)
    with open_log(core_configured(config)) as log:
        _handle(log, stream, Lift(by=login(), reason=recordable(reason)))
    click.echo(f"{stream} is on hold no more. It stays withdrawn; `aslo release retry {stream}` publishes it again.")


def _handle(log: EventLog, stream: str, command: Cancel | Withdraw | Lift) -> ReleaseState:
    from aslo_core.events import Cause
    from aslo_core.release.decide import NotNow
    from aslo_core.release.desk import ReleaseDesk

    desk = ReleaseDesk(log)
    if desk.load(stream).run == 0:
        raise AsloError(f"no release is known as {stream!r}; `aslo release list` names those that are")
    try:
        return desk.handle(stream, command, cause=Cause(source="operator", actor="operator"))
    except NotNow as reason:
        raise AsloError(f"{stream}: {reason}") from None
