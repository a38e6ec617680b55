"""`aslo web`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.running import log_json_option, run

if TYPE_CHECKING:
    from aslo_core.bootstrap.roles import Duty


@click.command(epilog="\b\nExamples:\n  aslo web\n  aslo -c /etc/aslo/aslo.toml web --log-json")
@log_json_option
@click.pass_obj
def command(config: Path, log_json: bool) -> None:
    """Take webhooks, and serve pages and downloads.

    One part of what `aslo serve` does, for an installation of several processes: the log has to be in a PostgreSQL database.
    Any number may run, behind one address; each keeps read models of its own, which follow the log.
    """
    run(config, _duty, "ASLO serves {url}", log_json=log_json)


def _duty() -> Duty:
    from aslo_core.bootstrap.roles import WEB

    return WEB
