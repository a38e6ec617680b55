"""Many objects in parts: so many as an event names, and a query asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

MOST = 500
"""Objects in one part."""


def parts(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """Give some items in parts, in their order; none where there are none."""
    rest = iter(items)
    while part := tuple(islice(rest, MOST)):
        yield part
