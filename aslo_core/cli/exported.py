"""What `aslo log export` and `aslo log import` say of what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.log.portable import End


def say(done: str, end: End) -> None:
    """Tell how much it was, to standard error: standard output may be the export itself.

    Args:
        done: what was done with it.
        end: the last line of the export.
    """
    erased = f" ({end.erased:,} with an erased body)" if end.erased else ""
    events = f"{end.events:,} event{'s' * (end.events != 1)}{erased}"
    click.echo(f"{done}: {events}, {end.output:,} piece{'s' * (end.output != 1)} of builds' output", err=True)
    if end.leaf:
        click.echo(f"The last event is at position {end.events - 1}, its leaf is {end.leaf}.", err=True)
