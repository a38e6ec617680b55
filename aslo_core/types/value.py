"""Frozen values that are also parts of events."""

from __future__ import annotations

from typing import Any, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class ValueMeta(msgspec.StructMeta):
    """Makes structs frozen, constructed by keyword and strict about their fields without each having to say so.

    JSON with a field that a struct has not is refused: a recorded body has exactly the fields of its version, and one that has
    others must not be read as though they said nothing.
    """

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **config: Any) -> ValueMeta:
        """Create the class with `frozen`, `kw_only` and `forbid_unknown_fields` set, and without `gc`.

        What is frozen cannot come to hold itself, so no search for cycles has to go through the millions that a replay makes.
        """
        return super().__new__(
            mcls, name, bases, namespace, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False, **config
        )


class Value(msgspec.Struct, metaclass=ValueMeta):
    """Root of the frozen values that are also parts of events."""
