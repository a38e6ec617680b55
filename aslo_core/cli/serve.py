"""`aslo serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.running import log_json_option, run

if TYPE_CHECKING:
    from aslo_core.bootstrap.roles import Duty


@click.command(epilog="\b\nExamples:\n  aslo serve\n  aslo -c /etc/aslo/aslo.toml serve --log-json")
@log_json_option
@click.pass_obj
def command(config: Path, log_json: bool) -> None:
    """Run everything in one process.

    Takes webhooks, builds, publishes, serves the catalogue, streams the output of builds, tells developers. Stops cleanly on
    SIGTERM and Ctrl-C; whatever ends the process, the next start goes on where it ended. On SIGHUP it reads the configuration
    again, and takes up all of it or, where anything is wrong, nothing.

    Where the log is in a PostgreSQL database, others may work on it as well, on this machine or another: see `aslo web`,
    `aslo live`, `aslo worker` and `aslo conductor`.
    """
    run(config, _duty, "ASLO serves {url}", log_json=log_json)


def _duty() -> Duty:
    from aslo_core.bootstrap.roles import SERVE

    return SERVE
