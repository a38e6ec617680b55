"""The compiled translations in a bundle, `locale/<language>/LC_MESSAGES/*.mo`: whether an activity can be started with them."""

from __future__ import annotations

import gettext
import io
import re
import struct
from collections.abc import Callable, Sequence

from aslo_core.bundle.catalogue_header import HeaderError, check_header
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_CATALOGUE = re.compile(r"locale/[^/]+/LC_MESSAGES/[^/]+\.mo")
_HEADER = 20  # magic, revision, how many messages, where the originals and the translations are listed
_MOST_MESSAGES = 300_000  # twice what the largest activities have in all languages; each takes two microseconds
_BYTE_ORDERS = {b"\xde\x12\x04\x95": "<", b"\x95\x04\x12\xde": ">"}


def catalogue_warnings(
    names: Sequence[str], read: Callable[[str, int, str], bytes], limits: InspectionLimits
) -> tuple[BundleWarning, ...]:
    """Return a warning for each catalogue that Python's gettext refuses: an activity in that language then does not start.

    Args:
        names: paths of the bundle's files below its root.
        read: returns the bytes of the named file, at most as many as given by the option named last.
        limits: how large one may be, and how many are looked at.
    """
    warnings: list[BundleWarning] = []
    catalogues = sorted(filter(_CATALOGUE.fullmatch, names))
    room = _MOST_MESSAGES
    for number, name in enumerate(catalogues):
        if number == limits.linfo_languages or room < 0:
            found = (
                f"{len(catalogues) - number} of the bundle's {len(catalogues)} compiled translations are not looked at: the "
                f"limit is {limits.linfo_languages} ([bundle] languages), or {_MOST_MESSAGES} messages in all."
            )
            return (*warnings, BundleWarning("bundle.mo-surplus", found))
        try:
            data = read(name, limits.mo_bytes, "[bundle] catalogue_mib")
            room -= _messages(data)
            _check(data)
        except Permanent as error:
            warnings.append(BundleWarning(error.rule, f"{shown(name)}: {error.found}", name, error.cure))
    return tuple(warnings)


def _messages(data: bytes) -> int:
    """How many messages a catalogue says that it has, or 0 where it has no place for them."""
    order = _BYTE_ORDERS.get(data[:4])
    if order is None or len(data) < _HEADER:
        return 0
    count: int = struct.unpack_from(f"{order}I", data, 8)[0]
    return count if 8 * count < len(data) else 0


def _check(data: bytes) -> None:
    """Check a catalogue as `gettext.GNUTranslations` reads it, at a cost that its size bounds.

    Raises:
        Permanent: `bundle.mo-malformed`.
    """
    order = _BYTE_ORDERS.get(data[:4])
    if order is None or len(data) < _HEADER:
        raise _malformed("it does not begin as a compiled catalogue does")
    _, count, originals, translations = struct.unpack_from(f"{order}4I", data, 4)
    if max(originals, translations) + 8 * count > len(data):
        raise _malformed(f"its lists of {count} messages are longer than the file")
    # Messages that share their bytes could be more than the file many times over.
    lists = [struct.unpack_from(f"{order}{2 * count}I", data, at) for at in (originals, translations)]
    if sum(sum(entries[::2]) for entries in lists) > len(data):
        raise _malformed("its messages are longer than the file")
    headers = [number for number, length in enumerate(lists[0][::2]) if not length]
    if len(headers) > 1:
        raise _malformed(f"it has {len(headers)} headers")
    try:
        for length, at in (lists[1][2 * number : 2 * number + 2] for number in headers):
            check_header(data[at : at + length])
        gettext.GNUTranslations(io.BytesIO(data)).ngettext("\0", "\0", 1)  # nobody's text, so that the plural rule is evaluated
    except HeaderError as fault:
        raise _malformed(str(fault)) from fault
    except (ArithmeticError, LookupError, OSError, ValueError, RecursionError) as fault:
        raise _malformed(f"Python's gettext refuses it: {shown(str(fault), 200)}") from fault


def _malformed(why: str) -> Permanent:
    return Permanent("bundle.mo-malformed", f"The catalogue is damaged: {why}.", "Compile it again with msgfmt.")
