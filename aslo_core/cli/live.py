"""`aslo live`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.running import log_json_option, run

if TYPE_CHECKING:
    from aslo_core.bootstrap.roles import Duty


@click.command(
    epilog="\b\nExamples:\n  aslo live\n  aslo -c /etc/aslo/aslo.toml live --log-json\n"
    "  curl --no-buffer http://127.0.0.1:8001/live/logs/2/github/1296269/17    follow attempt 2 of a release"
)
@log_json_option
@click.pass_obj
def command(config: Path, log_json: bool) -> None:
    """Stream the output of builds to browsers that stay connected.

    One part of what `aslo serve` does, for an installation of several processes: the log has to be in a PostgreSQL database.
    It listens on `live_port` of `[server]`, for a web server in front that sends `/live/` there and everything else to
    `aslo web`. Any number may run. Without one, pages show the output as it was when they were loaded.
    """
    run(config, _duty, "ASLO streams at {url}", log_json=log_json)


def _duty() -> Duty:
    from aslo_core.bootstrap.roles import LIVE

    return LIVE
