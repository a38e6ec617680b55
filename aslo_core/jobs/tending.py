"""Sees to the builders that keep something outside of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from aslo_core.errors import ConfigError, Transient
from aslo_core.types import Builder, Tended

log = structlog.get_logger(__name__)


class Tending:
    """Calls `tend` of each builder that has it, so that what killed processes left is swept and containers are kept ready.

    Args:
        builders: gives those in force by their names in `aslo.toml`.
    """

    def __init__(self, builders: Callable[[], Mapping[str, Builder]]) -> None:
        self._builders = builders
        self._tended: Mapping[str, Tended] = {}

    def turn(self) -> None:
        """See to every builder, and end what those keep that are in force no more; one that cannot work hinders no other."""
        before, self._tended = self._tended, self._in_force()
        for name, builder in before.items():
            if builder is not self._tended.get(name):
                builder.close()
        for name, builder in self._tended.items():
            try:
                builder.tend()
            except (Transient, ConfigError) as reason:
                log.warning(
                    "builder.cannot_build", builder=name, error=str(reason), consequence="its builds are tried again later"
                )

    def close(self) -> None:
        """End what the builders keep ready."""
        for builder in {**self._in_force(), **self._tended}.values():
            builder.close()

    def _in_force(self) -> Mapping[str, Tended]:
        return {name: builder for name, builder in self._builders().items() if isinstance(builder, Tended)}
