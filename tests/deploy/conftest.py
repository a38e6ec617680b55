from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from aslo_core.cli import aslo
from tests.bootstrap.conftest import installation

__all__ = ["installation"]

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="session")
def compose() -> Any:
    """`deploy/compose.yaml`, its anchors resolved."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def parsed(arguments: list[str]) -> click.Context:
    """Have the command line understand what stands behind `aslo`, and run nothing.

    Raises:
        click.UsageError: there is no such command or option.
    """
    context = aslo.make_context("aslo", list(arguments))
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context
