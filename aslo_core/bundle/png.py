"""A PNG file: that it is one, whole, how large its picture is, and that no more is packed in it than that takes.

No pixel is decoded; what is packed is inflated once, a piece at a time, and counted.

Source: Portable Network Graphics (W3C Recommendation, third edition), sections 5, 7, 8, 10 and 11.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">L4s")
_HEADER = struct.Struct(">LLBBBBB")
_SIZE = struct.Struct(">LL")
_CHECKSUM_BYTES = 4
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_INDEXED = 3
_MOST_COLOURS = 256
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PACKING = (b"iCCP", b"zTXt", b"iTXt")
_ANIMATING = (b"acTL", b"fcTL", b"fdAT")  # frames that no check here would see
_MOST_OF_TEXT = 4 << 20
_PIECE = 1 << 16
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_LOWER_CASE = 0x20  # of a chunk type's first letter: the chunk may be ignored


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    colour: int
    interlace: int

    def picture_bytes(self) -> int:
        """Bytes of the picture once inflated: in each pass, a byte for the filter before each line."""
        passes = _ADAM7 if self.interlace else ((0, 0, 1, 1),)
        bits = self.depth * _CHANNELS[self.colour]
        total = 0
        for x, y, step_x, step_y in passes:
            wide, high = -((x - self.width) // step_x), -((y - self.height) // step_y)
            if wide > 0 and high > 0:
                total += high * (1 + (wide * bits + 7) // 8)
        return total


def png_size(data: bytes, most_pixels: int) -> tuple[int, int]:
    """Check a PNG file; return width and height in pixels.

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
    header = _Header(0, 0, 0, 0, 0)
    packed: list[bytes] = []
    room = _MOST_OF_TEXT
    while not kinds or kinds[-1] != b"IEND":
        kind, body, at = _chunk(data, at)
        if (kind == b"IHDR") != (not kinds):
            raise _malformed("its header is not its first chunk, and that alone")
        if kind == b"IHDR":
            header = _header(body)
        elif kind == b"PLTE":
            _check_palette(body, header)
        elif kind == b"IDAT":
            packed.append(body)
        elif kind in _PACKING:
            room -= _packed_text(kind, body, room)
        elif kind in _ANIMATING:
            raise _malformed("it is animated")
        if kind not in _CRITICAL and not kind[0] & _LOWER_CASE:
            raise _malformed(f"it needs the unknown chunk {shown(kind.decode('latin-1'))}")
        kinds.append(kind)
    if b"IDAT" not in kinds:
        raise _malformed("it has no picture")
    if at != len(data):
        raise _malformed(f"{len(data) - at} bytes follow its end")
    if header.colour == _INDEXED and b"PLTE" not in kinds:
        raise _malformed("it has no palette")
    if header.width * header.height > most_pixels:
        raise Permanent(
            "bundle.png-too-many-pixels",
            f"The picture has {header.width} x {header.height} pixels; the limit is {most_pixels} in all"
            " ([bundle] screenshot_megapixels).",
            "Scale it down.",
        )
    _check_inflated(packed, header.picture_bytes())
    return header.width, header.height


def told_size(data: bytes) -> tuple[int, int]:
    """Return width and height as a file tells them, or zeros where it does not even begin as a PNG file does."""
    kind, header = data[:16], data[16:24]
    if kind != _SIGNATURE + _CHUNK.pack(_HEADER.size, b"IHDR") or len(header) < _SIZE.size:
        return 0, 0
    width, height = _SIZE.unpack(header)
    return width, height


def told_bytes(data: bytes, most_pixels: int) -> int:
    """Return how many bytes `png_size` would inflate, as its header tells: 0 where that is unsound or has more pixels."""
    begin = len(_SIGNATURE) + _CHUNK.size
    try:
        header = _header(data[begin : begin + _HEADER.size])
    except Permanent:
        return 0
    return header.picture_bytes() if header.width * header.height <= most_pixels else 0


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


def _header(header: bytes) -> _Header:
    if len(header) != _HEADER.size:
        raise _malformed(f"its header has {len(header)} bytes instead of {_HEADER.size}")
    width, height, depth, colour, compression, filtering, interlace = _HEADER.unpack(header)
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise _malformed(f"its picture has {width} x {height} pixels")
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise _malformed("its header names a form of picture that does not exist")
    return _Header(width, height, depth, colour, interlace)


def _check_palette(body: bytes, header: _Header) -> None:
    colours, rest = divmod(len(body), 3)
    if rest or not 0 < colours <= (1 << header.depth if header.colour == _INDEXED else _MOST_COLOURS):
        raise _malformed(f"its palette has {len(body)} bytes")


def _packed_text(kind: bytes, body: bytes, room: int) -> int:
    """Inflate a colour profile or a text (name, NUL, method, packed bytes; in Unicode, more names); return its length."""
    packed = body.partition(b"\0")[2][1:]
    if kind == b"iTXt":
        if not body.partition(b"\0")[2].startswith(b"\1"):
            return 0
        packed = packed[1:].partition(b"\0")[2].partition(b"\0")[2]
    inflater = zlib.decompressobj()
    try:
        found = len(inflater.decompress(packed, room + 1))
    except zlib.error:
        raise _malformed(f"its chunk {kind.decode('ascii')} is damaged") from None
    if found > room:
        raise _malformed(f"its chunk {kind.decode('ascii')} inflates, with those before it, to more than {_MOST_OF_TEXT} bytes")
    if not inflater.eof:
        raise _malformed(f"its chunk {kind.decode('ascii')} is damaged")
    return found


def _check_inflated(packed: list[bytes], size: int) -> None:
    """Check that the picture's data inflates to the bytes that a picture of its size has, and to no more."""
    inflater = zlib.decompressobj()
    found = 0
    try:
        for piece in packed:
            rest = piece
            while rest and not inflater.eof and found <= size:
                found += len(inflater.decompress(rest, _PIECE))
                rest = inflater.unconsumed_tail
        while not inflater.eof and found <= size and (more := inflater.decompress(b"", _PIECE)):
            found += len(more)
    except zlib.error as error:
        raise _malformed(f"its data is damaged: {error}") from error
    if found != size or not inflater.eof:
        raise _malformed(f"its data inflates to {'more' if found > size else 'fewer'} bytes than {size}")


def _malformed(why: str) -> Permanent:
    return Permanent("bundle.png-malformed", f"The file is no sound PNG picture: {why}.", "Save it again as PNG.")
