"""The storages of a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslo_core.receipts.backend import Backend


class Backends(Mapping[str, Backend]):
    """The enabled storages by their names, in the order of `aslo.toml`; never changed.

    Args:
        backends: the storages.
    """

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        self._backends = dict(backends)

    def __getitem__(self, name: str) -> Backend:
        return self._backends[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._backends)

    def __len__(self) -> int:
        return len(self._backends)

    @property
    def tables(self) -> tuple[tuple[str, bool], ...]:
        """Name of each, and whether its table requires it."""
        return tuple((backend.name, backend.required) for backend in self._backends.values())
