"""Reading JSON that a peer sends, strictly: nothing that two readers could take for different things. Pure."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

__all__ = ["Malformed", "convert", "read", "readable"]

_MOST_DIGITS = 1_000

Part = TypeVar("Part")

_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()


class Malformed(ValueError):
    """A payload cannot be understood; the text says what was expected and what was found."""


def read(body: bytes, kind: type[Part]) -> Part:
    """Read JSON as RFC 8259 has it: UTF-8, no name twice, no NaN or Infinity, no lone surrogates, of bounded depth.

    Args:
        body: the raw bytes.
        kind: class of what is wanted, with the few fields that are read; others are left alone.

    Raises:
        Malformed: it is not that, or not of this kind.
    """
    try:
        json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_int=_bounded)
        return _decoder(kind).decode(body)
    except RecursionError:
        raise Malformed("expected JSON, found one nested too deeply") from None
    except UnicodeDecodeError as error:
        raise Malformed(f"expected UTF-8, found another byte at {error.start}") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise Malformed(f"expected JSON as its sender documents it: {error}") from None


def convert(found: object, kind: type[Part]) -> Part:
    """Take the fields of a kind from JSON that was parsed already.

    Raises:
        Malformed: it is not of this kind.
    """
    _decoder(kind)  # so that what msgspec knows of it is whole
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise Malformed(f"expected a {kind.__name__}: {error}") from None


def readable(found: Iterable[object], kind: type[Part]) -> Iterator[Part]:
    """Take what is of a kind from a list that was parsed already, so that one odd entry does not hide all others."""
    for each in found:
        try:
            yield convert(each, kind)
        except Malformed:
            continue


def _bounded(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Malformed(f"a number has {len(digits):,} digits, more than {_MOST_DIGITS:,}")
    return int(digits)


def _decoder(kind: type[Part]) -> msgspec.json.Decoder[Part]:
    """What reads that kind, made by one thread: msgspec (0.22) gives others what it half knows of a class, and crashes."""
    with _making:
        if kind not in _decoders:
            _decoders[kind] = msgspec.json.Decoder(kind)
        return _decoders[kind]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("an object names a member twice")
    return found
