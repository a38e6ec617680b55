"""`aslo log export`."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import click


@click.command(
    epilog="\b\nExamples:\n  aslo log export /backup/log.jsonl\n  aslo log export | gzip > log.jsonl.gz\n"
    "  aslo log export | ssh backup.example.org 'cat > log.jsonl'"
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.pass_obj
def export(config: Path, file: Path) -> None:
    """Write the whole log to FILE.

    For a backup, and for the way to another database: `aslo log import` makes a log of it. Holds every event, its body with
    the salt, and the output of builds, as they are at one moment; `aslo serve` may run. Each hash is checked on the way. A FILE
    that is there is replaced once the new one is whole; `-`, and no FILE, is standard output. Bundles are in the storages. It
    holds personal data, as the log does.
    """
    from aslo_core.bootstrap.databases import log_where, open_log
    from aslo_core.bootstrap.rewriting import replacing
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.exported import say
    from aslo_core.log.portable import export as exported

    settings = core_configured(config)
    where = log_where(settings)
    with (
        open_log(settings),  # says what is wrong before anything is written
        nullcontext(sys.stdout.buffer) if str(file) == "-" else replacing(file) as lines,
    ):
        end = exported(where, lines.write)
        lines.flush()
    say("exported", end)
