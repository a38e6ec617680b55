"""The storages of a running process, which may come to be more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslo_core.receipts.backend import Backend


class Backends(Mapping[str, Backend]):
    """The enabled storages by their names, in the order of `aslo.toml`; those added later stand at the end. None ever goes.

    Any thread may read it at any time.

    Args:
        backends: the storages at first.
    """

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        self._now = dict(backends)

    def __getitem__(self, name: str) -> Backend:
        return self._now[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    @property
    def tables(self) -> tuple[tuple[str, bool], ...]:
        """Name of each, and whether its table requires it."""
        return tuple((backend.name, backend.required) for backend in self._now.values())

    def add(self, backends: Mapping[str, Backend]) -> None:
        """Add some; readers see the old ones until all of them are there."""
        self._now = {**self._now, **backends}
