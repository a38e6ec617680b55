"""The reason that an operator gives for what stays in the log for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def reason_option(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # noqa: A002 - as click calls it
    """Make the option `--reason`, which has to say something.

    Args:
        help: what `-h` tells of it.
    """
    return click.option("--reason", required=True, callback=_said, help=help)


def _said(_context: click.Context, _parameter: click.Parameter, reason: str) -> str:
    if not reason.strip():
        raise click.BadParameter("say why, without names: the reason stays in the log for good")
    return reason
