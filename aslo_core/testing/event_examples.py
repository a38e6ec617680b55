"""Events made of their types alone: what the golden files of tests/events hold."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from aslo_core.events import Versioned
from aslo_core.types import Value

VersionedT = TypeVar("VersionedT", bound=Versioned)

_LEAST = {str: "", int: 0, float: 0.0, bool: False}
_MOST = {str: 'é "\\/ \n\x7f\u2028\U0001f600', int: 2**53 + 1, float: 0.1, bool: True}
"""Values for which an encoder has a choice, or can lose something."""


def examples(cls: type[VersionedT]) -> tuple[VersionedT, VersionedT]:
    """Make an event with as little as possible in it, where all that has a default has it, and one with everything.

    Raises:
        TypeError: a field is of a type that no event had so far.
    """
    return _struct(cls, whole=False), _struct(cls, whole=True)


StructT = TypeVar("StructT", bound=Value)


def _struct(cls: type[StructT], *, whole: bool) -> StructT:
    hints = get_type_hints(cls)
    wanted = [field for field in msgspec.structs.fields(cls) if whole or field.required]
    return cls(**{field.name: _value(hints[field.name], whole=whole) for field in wanted})


def _value(hint: Any, *, whole: bool) -> Any:
    if get_origin(hint) in (Union, UnionType):
        something, nothing = get_args(hint)
        if nothing is not NoneType:
            raise TypeError(f"examples are not made for {hint}: teach them to {__name__}")
        return _value(something, whole=True) if whole else None
    if get_origin(hint) is tuple:
        of, _ = get_args(hint)
        return (_value(of, whole=True), _value(of, whole=False)) if whole else ()
    if isinstance(hint, type) and issubclass(hint, Value):
        return _struct(hint, whole=whole)
    if hint not in _MOST:
        raise TypeError(f"examples are not made for {hint}: teach them to {__name__}")
    return (_MOST if whole else _LEAST)[hint]
