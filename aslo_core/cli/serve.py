"""`aslo serve`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="\b\nExamples:\n  aslo serve\n  aslo -c /etc/aslo/aslo.toml serve")
@click.option("--log-json", is_flag=True, help="Write the program's own messages as JSON lines, for a collector.")
@click.pass_obj
def command(config: Path, log_json: bool) -> None:
    """Run everything in one process: webhooks, builds, catalogue, notices. Stops cleanly on SIGTERM and Ctrl-C.

    Whatever ends the process, the next start goes on where it ended.
    """
    from aslo_core.bootstrap.configuration import configure  # noqa: PLC0415 - half a second that `-h` need not wait
    from aslo_core.bootstrap.messages import set_up_messages  # noqa: PLC0415
    from aslo_core.bootstrap.service import Service  # noqa: PLC0415

    set_up_messages(as_json=log_json)
    service = Service(configure(config))
    click.echo(f"ASLO serves {service.public_url}", err=True)
    service.run()
