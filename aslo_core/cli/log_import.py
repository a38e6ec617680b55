"""`aslo log import`."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from aslo_core.cli.administrator import administrator, administrators_address
from aslo_core.errors import AsloError


@click.command(
    "import",
    epilog="\b\nExamples:\n  aslo log import /backup/log.jsonl\n  gunzip -c log.jsonl.gz | aslo log import -\n"
    "  aslo log import log.jsonl --as postgresql://postgres@db.example.org/aslo",
)
@click.argument("file", type=click.File("rb"))
@administrator
@click.pass_obj
def import_command(config: Path, file: BinaryIO, admin: str | None) -> None:
    """Make the log of an exported FILE.

    Where there is none, or an empty one. FILE is what `aslo log export` wrote; `-` is standard input. All of it or nothing: a
    FILE that is damaged or cut off is refused with its line, and whatever ends the import before its end leaves no log. Events
    keep their positions, ids, times, keys and leaves. The database may be of another kind than the one that the export was
    made of.
    """
    from aslo_core.bootstrap.databases import log_where, make_data_folder, require_no_remnant
    from aslo_core.bootstrap.serve_lock import ServeLock
    from aslo_core.cli.configured import core_configured
    from aslo_core.cli.exported import say
    from aslo_core.log.portable import NotImportable, import_log

    settings = core_configured(config)
    where = log_where(settings)
    make_data_folder(settings)
    require_no_remnant(where)
    with ServeLock(settings.data_path).held():
        try:
            end = import_log(file, where, administrators_address(admin, where))
        except NotImportable as reason:
            raise AsloError(f"{file.name}, {reason}") from None
    say("imported", end)
