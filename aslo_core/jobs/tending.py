"""Sees to the builders that keep something outside of this process."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from aslo_core.errors import ConfigError, Transient
from aslo_core.types import Builder, Tended

log = structlog.get_logger(__name__)


class Tending:
    """Calls `tend` of each builder that has it, so that what killed processes left is swept and containers are kept ready.

    Args:
        builders: by their names in `aslo.toml`.
    """

    def __init__(self, builders: Mapping[str, Builder]) -> None:
        self._tended = {name: builder for name, builder in builders.items() if isinstance(builder, Tended)}

    def turn(self) -> None:
        """See to every builder; one that cannot work now hinders no other."""
        for name, builder in self._tended.items():
            try:
                builder.tend()
            except (Transient, ConfigError) as reason:
                log.warning(
                    "builder.cannot_build", builder=name, error=str(reason), consequence="its builds are tried again later"
                )

    def close(self) -> None:
        """End what the builders keep ready."""
        for builder in self._tended.values():
            builder.close()
