"""A column that holds a frozen value as JSON."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Dialect, Text, TypeDecorator

T = TypeVar("T")


class Packed(TypeDecorator[T], Generic[T]):
    """Text in the table, a `kind` in Python. Keys are sorted, so that equal values are equal text.

    Args:
        kind: type of the value, as msgspec decodes it: a struct, or for example `tuple[str, ...]`.
    """

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._encoder = msgspec.json.Encoder(order="sorted")
        self._decoder = msgspec.json.Decoder(kind)

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        """Encode on the way in."""
        del dialect
        return None if value is None else self._encoder.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> T | None:
        """Decode on the way out."""
        del dialect
        return None if value is None else self._decoder.decode(value)
