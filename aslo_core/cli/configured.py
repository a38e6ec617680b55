"""What most commands begin with: messages to standard error, so that standard output is the answer alone, and the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslo_core.bootstrap.configuration import Configured
    from aslo_core.config import CoreSettings


def configured(config: Path) -> Configured:
    """Read the whole configuration, and import the plugins that it uses.

    Raises:
        ConfigError: with every problem.
    """
    from aslo_core.bootstrap.configuration import configure

    only_warnings()
    return configure(config)


def core_configured(config: Path) -> CoreSettings:
    """Read the core's tables of the configuration; import no plugin.

    Raises:
        ConfigError: with every problem in those tables.
    """
    from aslo_core.bootstrap.configuration import configure_core

    only_warnings()
    return configure_core(config)


def only_warnings() -> None:
    """Write the program's own messages to standard error, and warnings alone."""
    import logging

    from aslo_core.bootstrap.messages import set_up_messages

    set_up_messages(level=logging.WARNING)
