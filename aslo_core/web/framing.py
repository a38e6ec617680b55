"""Where a request ends has to be beyond doubt. Pure.

A proxy that sees it end elsewhere lets its rest pass as a request of its own.
"""

from __future__ import annotations

_LONGEST_NUMBER = 18


def ambiguity(head: bytes) -> str:
    """Say why two servers might see the end of a request at different places, or return an empty text.

    Args:
        head: request line and header fields, as they came.

    Returns:
        The reason to answer with 400 and close the connection: RFC 9112, sections 5.2, 6.1 and 6.3.
    """
    request_line, _, fields = head.partition(b"\r\n")
    lengths, codings = [], []
    for line in fields.split(b"\r\n"):
        if line.startswith((b" ", b"\t")):
            return "a header field goes on in the next line"
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            lengths.append(value.strip(b" \t"))
        elif name.lower() == b"transfer-encoding":
            codings += [coding.strip(b" \t").lower() for coding in value.split(b",")]
    if lengths and codings:
        return "it has both Content-Length and Transfer-Encoding"
    if len(lengths) > 1:
        return "it has more than one Content-Length"
    if lengths and not (lengths[0].isdigit() and len(lengths[0]) <= _LONGEST_NUMBER):
        return "its Content-Length is no number of bytes"
    if codings and not request_line.endswith(b" HTTP/1.1"):
        return "it has a Transfer-Encoding, which there is in HTTP/1.1 alone"
    if codings and (codings[-1] != b"chunked" or codings.count(b"chunked") > 1):
        return "its Transfer-Encoding does not end with the one `chunked`"
    return ""
