"""The outside of a PNG file: that it is one, whole, and how large its picture is. No pixel is decoded.

Source: Portable Network Graphics (W3C Recommendation, third edition), sections 5 and 11.2.
"""

from __future__ import annotations

import struct
import zlib

from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">L4s")
_HEADER = struct.Struct(">LLBBBBB")
_CHECKSUM_BYTES = 4
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_LOWER_CASE = 0x20  # of a chunk type's first letter: the chunk may be ignored


def png_size(data: bytes, most_pixels: int) -> tuple[int, int]:
    """Check a PNG file's structure; return width and height in pixels.

    Args:
        data: the whole file.
        most_pixels: limit of width times height.

    Raises:
        Permanent: `bundle.png-malformed` or `bundle.png-too-many-pixels`.
    """
    if not data.startswith(_SIGNATURE):
        raise _malformed("it does not begin as a PNG file does")
    at = len(_SIGNATURE)
    kinds: list[bytes] = []
    width = height = 0
    while not kinds or kinds[-1] != b"IEND":
        kind, body, at = _chunk(data, at)
        if (kind == b"IHDR") != (not kinds):
            raise _malformed("its header is not its first chunk, and that alone")
        if kind == b"IHDR":
            width, height = _dimensions(body)
        if kind not in _CRITICAL and not kind[0] & _LOWER_CASE:
            raise _malformed(f"it needs the unknown chunk {shown(kind.decode('latin-1'))}")
        kinds.append(kind)
    if b"IDAT" not in kinds:
        raise _malformed("it has no picture")
    if at != len(data):
        raise _malformed(f"{len(data) - at} bytes follow its end")
    if width * height > most_pixels:
        raise Permanent(
            "bundle.png-too-many-pixels",
            f"The picture has {width} x {height} pixels; the limit is {most_pixels} in all ([bundle] screenshot_megapixels).",
            "Scale it down.",
        )
    return width, height


def _chunk(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    """Read one chunk; return its type, its data and where the next one begins."""
    if len(data) - at < _CHUNK.size + _CHECKSUM_BYTES:
        raise _malformed("it ends before its last chunk")
    length, kind = _CHUNK.unpack_from(data, at)
    begin = at + _CHUNK.size
    end = begin + length
    if end + _CHECKSUM_BYTES > len(data):
        raise _malformed(f"its chunk {shown(kind.decode('latin-1'))} is longer than the file")
    if not kind.isalpha():
        raise _malformed("it has a chunk whose type is not of letters")
    if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + _CHECKSUM_BYTES], "big"):
        raise _malformed(f"the checksum of its chunk {shown(kind.decode('latin-1'))} differs")
    return kind, data[begin:end], end + _CHECKSUM_BYTES


def _dimensions(header: bytes) -> tuple[int, int]:
    if len(header) != _HEADER.size:
        raise _malformed(f"its header has {len(header)} bytes instead of {_HEADER.size}")
    width, height, depth, colour, compression, filtering, interlace = _HEADER.unpack(header)
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise _malformed(f"its picture has {width} x {height} pixels")
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise _malformed("its header names a form of picture that does not exist")
    return width, height


def _malformed(why: str) -> Permanent:
    return Permanent("bundle.png-malformed", f"The file is no sound PNG picture: {why}.", "Save it again as PNG.")
