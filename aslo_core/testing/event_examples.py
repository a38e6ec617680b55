"""Events made of their types alone: what the golden files of tests/events hold."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from aslo_core.events import Versioned
from aslo_core.types import Blob, Value

VersionedT = TypeVar("VersionedT", bound=Versioned)

_LEAST = {str: "", int: 0, float: 0.0, bool: False, Blob: Blob(digest="0" * 64, size=0, suffix=".a")}
_MOST = {int: 2**53 + 1, float: 0.1, bool: True, Blob: Blob(digest="0123456789abcdef" * 4, size=2**40, suffix=".aaaaaaa9")}
_SPECIAL = 'é "\\/ \n\x7f\u2028\U0001f600'
"""Characters that encoders treat in different ways."""


def examples(cls: type[VersionedT]) -> tuple[VersionedT, VersionedT]:
    """Make an event with as little as possible in it, where all that has a default has it, and one with everything.

    Raises:
        TypeError: a field is of a type that no event had so far; it has to be taught here.
    """
    least: VersionedT = _struct(cls, whole=False)
    most: VersionedT = _struct(cls, whole=True)
    return least, most


def _struct(cls: type[Any], *, whole: bool) -> Any:
    hints = get_type_hints(cls)
    wanted = [field.name for field in msgspec.structs.fields(cls) if whole or field.required]
    return cls(**{name: _value(hints[name], name, whole=whole) for name in wanted})


def _value(hint: Any, name: str, *, whole: bool) -> Any:
    arguments = get_args(hint)
    if get_origin(hint) in (Union, UnionType) and arguments[1:] == (NoneType,):
        return _value(arguments[0], name, whole=True) if whole else None
    if get_origin(hint) is tuple and arguments[1:] == (Ellipsis,):
        return (_value(arguments[0], name, whole=True), _value(arguments[0], name, whole=False)) if whole else ()
    if hint in _LEAST:
        return (_MOST | {str: f"{name} {_SPECIAL}"} if whole else _LEAST)[hint]
    if isinstance(hint, type) and issubclass(hint, Value):
        return _struct(hint, whole=whole)
    raise TypeError(f"there are no examples for {hint} yet, the type of {name}: teach them to {__name__}")
