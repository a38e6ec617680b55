"""`aslo worker`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.running import log_json_option, run

if TYPE_CHECKING:
    from aslo_core.bootstrap.roles import Duty


@click.command(
    epilog="\b\nExamples:\n  aslo worker                   build with builders that have no label\n"
    "  aslo worker --label docker    build with those of this label"
)
@click.option(
    "--label", "labels", metavar="LABEL", multiple=True, help="Build with builders of this label; may be given twice."
)
@log_json_option
@click.pass_obj
def command(config: Path, labels: tuple[str, ...], log_json: bool) -> None:
    """Do the steps of releases: fetch, build, inspect, store, publish.

    One part of what `aslo serve` does, for an installation of several processes: the log has to be in a PostgreSQL database,
    and the broker a Redis. Run it on any number of machines; each needs those two, the storages and the builders of its
    configuration, and nothing else. When one is lost, its work goes on elsewhere (`[processes] lease_seconds`).
    """

    def duty() -> Duty:
        from aslo_core.bootstrap.roles import worker

        return worker(labels)

    run(config, duty, "ASLO works", log_json=log_json)
