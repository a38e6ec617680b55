"""Frozen values that are also parts of events."""

from __future__ import annotations

from typing import Any, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class ValueMeta(msgspec.StructMeta):
    """Makes structs frozen and constructed by keyword without each having to say so."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **config: Any) -> ValueMeta:
        """Create the class with `frozen` and `kw_only` set."""
        return super().__new__(mcls, name, bases, namespace, frozen=True, kw_only=True, **config)


class Value(msgspec.Struct, metaclass=ValueMeta):
    """Root of the frozen values that are also parts of events."""
