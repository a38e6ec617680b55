"""How much may be made on the way to one message: a template that hardly ends, or doubles what it has, ends all the same."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError

LONGEST = 1 << 20
"""Characters of the longest message."""

_MOST = 1 << 22
_STEP = 100
_ITEM = 16
_SECONDS = 1.0

_PERCENT = re.compile(r"%(?:\([^)]*\))?[-#0 +]*(\d+|\*)?(?:\.(\d+|\*))?")
_BRACES = re.compile(r"\{[^{}]*?:[^{}]*?(?:(\{)|(\d+)[^{}\d]*(?:\.(\d+))?[^{}]*\})")


class TooMuch(TemplateError):
    """A template makes more than a message needs."""


class Effort:
    """What is left for one message: characters of the values made on the way, and time.

    The time is that of this thread on the processor, which a busy machine does not make shorter.
    """

    def __init__(self) -> None:
        self._left = _MOST
        self._ends = time.thread_time() + _SECONDS

    def spend(self, amount: int = 0) -> None:
        """Take a step that makes so many characters; call it before they are made where that can be foretold.

        Raises:
            TooMuch: nothing is left.
        """
        if amount + _STEP > self._left:
            raise TooMuch(
                f"it makes more than {_MOST:,} characters on the way to one message, where an item counts as {_ITEM} and a step"
                f" as {_STEP}: look for a loop that hardly ends, or a value that multiplies"
            )
        self._left -= amount + _STEP
        if time.thread_time() > self._ends:
            raise TooMuch(f"it works on one message for more than {_SECONDS:g} s: look for a loop that does much each time")


def weight(value: Any) -> int:
    """Count the characters of a value and of what it holds, however often it holds it; stops beyond what may be.

    A whole number counts as the bytes that it takes, an item of a list as a pointer and more.
    """
    total, waiting = 0, [value]
    while waiting and total <= _MOST:
        one = waiting.pop()
        if isinstance(one, str | bytes):
            total += len(one)
        elif isinstance(one, int):
            total += one.bit_length() // 8
        elif isinstance(one, list | tuple | set | frozenset | Mapping):
            total += len(one) * _ITEM
            if total <= _MOST:
                waiting.extend(one)
                waiting.extend(one.values() if isinstance(one, Mapping) else ())
    return total


def times(value: Any) -> int:
    """How often a value may have another one written: a whole number so often, a text once for each of its characters."""
    return abs(value) if isinstance(value, int) else weight(value)


def operated(operator: str, left: Any, right: Any) -> int:
    """Foretell the weight of what an operator makes."""
    match operator, left, right:
        case "*", int(), int():
            return weight(left) + weight(right)
        case "*", int(), _:
            return max(left, 0) * weight(right)
        case "*", _, int():
            return weight(left) * max(right, 0)
        case "**", int(), int():
            return abs(left).bit_length() * max(right, 0) // 8
        case "%", str(), _:
            return formatted(left, right)
        case _:
            return weight(left) + weight(right)


def formatted(form: str, values: Any) -> int:
    """Foretell the weight of what formatting by `%` or by `format` makes at most; widths among the values count as endless."""
    widths = [width for found in (_PERCENT, _BRACES) for widths in found.findall(form) for width in widths if width]
    if any(not width.isdecimal() or len(width) > len(str(_MOST)) for width in widths):
        return _MOST
    places = form.count("%") + form.count("{")
    return len(form) + sum(map(int, widths)) + places * weight(values)
