"""What the commands share that run until they are told to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.bootstrap.roles import Duty


def log_json_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option `--log-json`."""
    option = click.option("--log-json", is_flag=True, help="Write the program's own messages as JSON lines, for a collector.")
    return option(command)


def run(config: Path, duty: Callable[[], Duty], said: str, *, log_json: bool) -> None:
    """Run a process until it is told to end.

    Args:
        config: the configuration.
        duty: gives what it is there for.
        said: what is said once it is ready; `{url}` is its address.
        log_json: whether messages are JSON lines.

    Raises:
        AsloError: it cannot start or go on.
    """
    from aslo_core.bootstrap.hangup import Hangups

    hangups = Hangups()  # before what takes long to import

    from aslo_core.bootstrap.configuration import configure
    from aslo_core.bootstrap.messages import set_up_messages
    from aslo_core.bootstrap.service import Service

    set_up_messages(as_json=log_json)
    service = Service(configure(config), hangups, duty())
    click.echo(said.format(url=service.public_url), err=True)
    service.run()
