"""Write compiled translations: the `.mo` files that gettext reads at run time."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aslo_core.bundle.po import Message

_MAGIC = 0x950412DE
_HEADER = struct.Struct("<7I")
_ENTRY = struct.Struct("<2I")
_TEMPLATE_TIME = re.compile(rb"^POT-Creation-Date:[^\n]*\n?", re.MULTILINE)


def compile_messages(messages: Iterable[Message]) -> bytes:
    """Lay out a catalogue, little-endian and without a hash table (GNU gettext manual, "The Format of GNU MO Files").

    As with `msgfmt`, a message is left out when it is fuzzy or its (first) translation is empty; the header is used even when
    fuzzy, and loses the time at which its template was made.

    Returns:
        The file's bytes, or none where there is no message to use: `msgfmt` then writes no file.
    """
    pairs = sorted(_pair(message) for message in messages if _is_used(message))
    if not pairs:
        return b""
    strings = [original for original, _ in pairs] + [translation for _, translation in pairs]
    originals = _HEADER.size
    translations = originals + _ENTRY.size * len(pairs)
    offset = translations + _ENTRY.size * len(pairs)
    laid_out = [_HEADER.pack(_MAGIC, 0, len(pairs), originals, translations, 0, offset)]
    for string in strings:
        laid_out.append(_ENTRY.pack(len(string), offset))
        offset += len(string) + 1
    laid_out.extend(string + b"\0" for string in strings)
    return b"".join(laid_out)


def _is_used(message: Message) -> bool:
    return bool(message.forms[0]) and (not message.fuzzy or not message.key)


def _pair(message: Message) -> tuple[bytes, bytes]:
    if not message.key:
        return b"", _TEMPLATE_TIME.sub(b"", message.forms[0], count=1)
    original = message.key if message.plural is None else message.key + b"\0" + message.plural
    return original, b"\0".join(message.forms)
