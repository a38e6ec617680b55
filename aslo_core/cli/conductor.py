"""`aslo conductor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.cli.running import log_json_option, run

if TYPE_CHECKING:
    from aslo_core.bootstrap.roles import Duty


@click.command(epilog="\b\nExamples:\n  aslo conductor\n  aslo -c /etc/aslo/aslo.toml conductor --log-json")
@log_json_option
@click.pass_obj
def command(config: Path, log_json: bool) -> None:
    """Decide what is due, tell developers, copy between storages.

    One part of what `aslo serve` does, for an installation of several processes: the log has to be in a PostgreSQL database,
    and the broker a Redis. Run two or more, on different machines: one leads, and another takes over within seconds when it is
    not heard of any more (`[processes] lease_seconds`).
    """
    run(config, _duty, "ASLO conducts, or waits until it has to", log_json=log_json)


def _duty() -> Duty:
    from aslo_core.bootstrap.roles import CONDUCTOR

    return CONDUCTOR
