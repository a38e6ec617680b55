"""`aslo storage`."""

from __future__ import annotations

import click

from aslo_core.cli.storage_add import add
from aslo_core.cli.storage_copy import copy
from aslo_core.cli.storage_list import list_
from aslo_core.cli.storage_retire import retire
from aslo_core.cli.storage_switch import switch
from aslo_core.cli.storage_verify import verify


@click.group(
    epilog="\b\nExamples:\n"
    "  aslo storage add big --use local --set path=/mnt/big/aslo       a move begins\n"
    "  aslo storage copy big\n  aslo storage verify big\n"
    '  aslo storage switch big --reason "the old disk is full"\n'
    '  aslo storage retire main --reason "moved to big"'
)
def command() -> None:
    """Move bundles between storages, and prove what is where.

    A storage counts as having an object once the object was read back from it and hashed; the log keeps that as a receipt.
    Downloads are read from storages with a receipt only, the primary one first.
    """


for _command in (list_, add, copy, verify, switch, retire):
    command.add_command(_command)
