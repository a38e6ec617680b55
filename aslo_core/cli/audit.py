"""`aslo audit`."""

from __future__ import annotations

import click

from aslo_core.cli.audit_erase import erase
from aslo_core.cli.audit_history import history
from aslo_core.cli.audit_replay import replay
from aslo_core.cli.audit_verify import verify


@click.group(
    epilog="\b\nExamples:\n  aslo audit verify\n  aslo audit history org.example.Maze\n"
    '  aslo audit erase 17 --reason "asked for by the person concerned"'
)
def command() -> None:
    """Prove what happened.

    All of this is told from the log itself; the pages and lists that are derived from it are looked at by `replay` alone.
    """


for _command in (history, verify, replay, erase):
    command.add_command(_command)
