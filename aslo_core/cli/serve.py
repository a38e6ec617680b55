"""`aslo serve`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="\b\nExamples:\n  aslo serve\n  aslo -c /etc/aslo/aslo.toml serve --log-json")
@click.option("--log-json", is_flag=True, help="Write the program's own messages as JSON lines, for a collector.")
@click.pass_obj
def command(config: Path, log_json: bool) -> None:
    """Run everything in one process.

    Takes webhooks, builds, publishes, serves the catalogue, tells developers. Stops cleanly on SIGTERM and Ctrl-C; whatever
    ends the process, the next start goes on where it ended. On SIGHUP it reads the configuration again, and takes up all of it
    or, where anything is wrong, nothing.
    """
    from aslo_core.bootstrap.hangup import Hangups

    hangups = Hangups()  # before what takes long to import

    from aslo_core.bootstrap.configuration import configure
    from aslo_core.bootstrap.messages import set_up_messages
    from aslo_core.bootstrap.service import Service

    set_up_messages(as_json=log_json)
    service = Service(configure(config), hangups)
    click.echo(f"ASLO serves {service.public_url}", err=True)
    service.run()
