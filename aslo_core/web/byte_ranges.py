"""Which bytes a `Range` header asks for (RFC 9110, 14.1 and 14.2). Pure."""

from __future__ import annotations

import re

from werkzeug.exceptions import RequestedRangeNotSatisfiable

_ONE_RANGE = re.compile(r"bytes=(?P<first>[0-9]{1,18})?-(?P<last>[0-9]{1,18})?", re.ASCII | re.IGNORECASE)


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """Tell which part is wanted.

    Args:
        header: value of the `Range` header.
        size: bytes that there are.

    Returns:
        First byte and the byte after the last one; None for the whole: the header is empty, malformed, in another unit, or asks
        for several ranges, which a server may ignore.

    Raises:
        RequestedRangeNotSatisfiable: the range holds none of the bytes; answered with 416.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or (match["first"] is None and match["last"] is None):
        return None
    if match["first"] is None:
        first, stop = max(0, size - int(match["last"])), size
    else:
        first, stop = int(match["first"]), size
        if match["last"] is not None:
            if int(match["last"]) < first:
                return None
            stop = min(size, int(match["last"]) + 1)
    if first >= stop:
        raise RequestedRangeNotSatisfiable(length=size)
    return first, stop
