"""Bundles that want to do harm, each with the rules by which it may be refused: for tests of inspections and a measurement.

Drawings are refused by what stands in them, or by what they cost once they are drawn; of the latter, whichever strikes first.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aslo_core.testing.zips import INFO, Entry, good_entries, zip_bytes

MIB = 1 << 20
ROOT = b"SmallMaze.activity/"
COSTLY = ("bundle.icon-too-costly", "bundle.inspection-memory-limit")
"""How drawings end that pass the rules and cannot be borne: by their own limits, or by those of the sandbox around them."""
_SVG = 'xmlns="http://www.w3.org/2000/svg" width="55" height="55" viewBox="0 0 55 55"'


@dataclass(frozen=True)
class Hostile:
    """A bundle, and the rules of which one has to refuse it."""

    name: str
    rules: tuple[str, ...]
    bundle: bytes


def hostile_bundles() -> Iterator[Hostile]:
    """Make them one after the other; some have many megabytes."""
    for name, (rule, bundle) in _archives():
        yield Hostile(name, (f"bundle.archive-{rule}",), bundle)
    for name, rule, info in _infos():
        yield Hostile(f"info: {name}", (rule,), zip_bytes(good_entries({"activity/activity.info": info})))
    for name, rules, drawing in _drawings():
        yield Hostile(f"icon: {name}", rules, zip_bytes(good_entries({"activity/maze.svg": drawing.encode()})))


def bad_pictures() -> Mapping[str, bytes]:
    """Screenshots that have to be left out, by their paths."""
    lines = bytes(300 * 1201)
    headers = {
        "header lies": (60_000, 60_000, 8, 2, 0),
        "no such form": (400, 300, 3, 2, 0),
        "no such interlace": (400, 300, 8, 2, 2),
    }
    made = {name: _png(_header(*values), zlib.compress(lines)) for name, values in headers.items()}
    sound, three, nine = _header(400, 300, 8, 2, 0), _deflated_zeros(3), _deflated_zeros(9)
    made |= {
        "bomb": _png(sound, _deflated_zeros(400)),
        "interlaced bomb": _png(_header(400, 300, 8, 2, 1), _deflated_zeros(400)),
        "most pixels and too few bytes": _png(_header(4000, 4000, 16, 6, 0), zlib.compress(lines)),
        "huge palette": _png(_header(400, 300, 8, 3, 0) + _chunk(b"PLTE", bytes(3 << 16)), zlib.compress(bytes(300 * 401))),
        "profile bomb": _png(sound + _chunk(b"iCCP", b"x\0\0" + _deflated_zeros(200)), zlib.compress(lines)),
        "texts that are a bomb together": _png(sound + _chunk(b"zTXt", b"x\0\0" + three) * 3, zlib.compress(lines)),
        "text in Unicode that is a bomb": _png(sound + _chunk(b"iTXt", b"x\0\1\0\0\0" + nine), zlib.compress(lines)),
        "animated": _png(sound + _chunk(b"acTL", struct.pack(">LL", 1 << 30, 0)), zlib.compress(lines)),
        "chunk lies": _SIGNATURE + sound + struct.pack(">L", 1 << 31) + b"IDAT",
        "many chunks": _SIGNATURE + sound + _chunk(b"teXt", b"") * 100_000,
        "an archive behind it": _png(sound, zlib.compress(lines)) + zip_bytes(good_entries()),
        "a page": b"<html><script>alert(1)</script>",
    }
    return {f"screenshots/en/{name}.png": data for name, data in made.items()}


def _archives() -> Iterator[tuple[str, tuple[str, bytes]]]:
    good = zip_bytes(good_entries())
    zeros = bytes(20 * MIB)
    lie = {"size": 10}
    accents = [unicodedata.normalize(form, "é").encode() for form in ("NFC", "NFD")]
    yield "bomb", ("ratio", _with(Entry(ROOT + b"x", bytes(100 * MIB))))
    yield "bomb of a thousand", ("ratio", _with(*(Entry(ROOT + b"%d" % number, bytes(100_000)) for number in range(1000))))
    yield "bomb that announces little", ("size-lie", _with(Entry(ROOT + b"x", zeros, local=lie, central=lie)))
    yield (
        "overlap",
        ("overlap", _with(Entry(ROOT + b"x", bytes(9_000)), Entry(ROOT + b"y", bytes(9_000), central={"offset": 0}))),
    )
    shared = [Entry(ROOT + b"%d" % number, b"x", central={"offset": 0}) for number in range(15_000)]
    yield "overlap of thousands", ("overlap", _with(*shared))
    yield "entries", ("entries", _with(*(Entry(ROOT + b"%d" % number, method=0) for number in range(20_001))))
    yield "names of megabytes", ("directory-size", _with(*(Entry(ROOT + b"%09000d" % n, method=0) for n in range(1000))))
    yield "duplicate", ("duplicate", _with(Entry(ROOT + b"activity.py", b"import os")))
    yield "case", ("case-clash", _with(Entry(ROOT + b"ACTIVITY.PY", b"x")))
    yield "normalisation", ("unicode-clash", _with(*(Entry(ROOT + name, b"x", flags=0x800) for name in accents)))
    yield "local name", ("mismatch", _with(Entry(ROOT + b"x", b"x", local_name=b"../../../../../../../../x")))
    yield "local size", ("mismatch", _with(Entry(ROOT + b"x", b"x", local={"size": 1 << 30})))
    yield "encrypted", ("encrypted", _with(Entry(ROOT + b"x", b"x", flags=1)))
    yield "method", ("method", _with(Entry(ROOT + b"x", b"x", method=14)))
    yield "zip64 size", ("zip64", _with(Entry(ROOT + b"x", b"x", central={"size": 0xFFFFFFFF})))
    yield "zip64 extra", ("zip64", _with(Entry(ROOT + b"x", b"x", central_extra=struct.pack("<HHQ", 1, 8, 1 << 60))))
    yield "zip64 count", ("zip64", zip_bytes(good_entries(), end={"here": 0xFFFF, "count": 0xFFFF}))
    yield "count lies", ("directory", zip_bytes(good_entries(), end={"here": 9, "count": 9}))
    yield "prefixed", ("prefixed", b"#!/bin/sh\n" + good)
    yield "stacked", ("prefixed", good + good)
    yield "trailing", ("trailing-data", good + b"x" * 100)
    yield "gap", ("gap", zip_bytes(good_entries(), gaps={1: b"hidden"}))
    yield "link", ("link", _with(Entry(ROOT + b"x", b"/etc/passwd", mode=0o120777)))
    yield "device", ("device", _with(Entry(ROOT + b"x", mode=0o060644)))
    yield "parent", ("name-parent", _with(Entry(ROOT + b"../../x", b"x")))
    yield "absolute", ("name-absolute", _with(Entry(b"/etc/passwd", b"x")))
    yield "damaged", ("data", _with(Entry(ROOT + b"x", b"content", packed=b"\xff\xff\xff")))
    yield "split", ("split", zip_bytes(good_entries(), end={"disk": 1}))
    yield "version of VMS", ("name-version", _with(Entry(ROOT + b"activity/activity.info;1", INFO)))
    yield "byte that unzip drops", ("name-encoding", _with(Entry(ROOT + b"activity/activity.info\xff", INFO)))
    # Code page 437's dotless i is unzip's i.
    yield "letter of MS-DOS", ("name-encoding", _with(Entry(ROOT + b"act\xd5vity/activity.info", INFO, host=0)))
    yield "text direction", ("name-control", _with(Entry(ROOT + "x\u202egnp.py".encode(), b"x")))
    link = struct.pack("<LHLHH", 0, 0o120777, 0, 0, 0) + b"/etc/passwd"
    second = struct.pack("<HH", 0x756E, len(link)) + link
    yield "link by a second mode", ("link", _with(Entry(ROOT + b"x", b"/etc/passwd", mode=0, extra=second)))
    yield "no archive", ("not-zip", b"PK\5\6" * 100_000)


def _infos() -> Iterator[tuple[str, str, bytes]]:
    yield "none of it", "bundle.info-key-missing", b"[Activity]\n"
    yield "no section", "bundle.info-section-missing", b"[Other]\nname = A\n"
    yield "another's name", "bundle.info-bundle-id", INFO.replace(b"org.example.SmallMaze", b"../../../org.laptop.Terminal")
    yield "name of a path", "bundle.info-name", INFO.replace(b"Small Maze", b"../../Maze")
    yield "name that is endless", "bundle.info-too-long", INFO.replace(b"Small Maze", b"A" * 60_000)
    yield "version of a thousand digits", "bundle.version-malformed", INFO.replace(b"7.1", b"9" * 1000)
    yield "version that is none", "bundle.version-malformed", INFO.replace(b"7.1", b"1.x")
    yield "icon of a path", "bundle.info-icon", INFO.replace(b"icon = maze", b"icon = ../../../etc/passwd")
    yield "larger than it may be", "bundle.info-too-large", INFO + b"#" * 70_000
    yield "lines that say nothing", "bundle.info-too-large", b"[Activity]\n" + b"a\n" * 32_000
    yield "name that nobody sees", "bundle.info-name", INFO.replace(b"Small Maze", "\u3164\u200b".encode())


def _drawings() -> Iterator[tuple[str, tuple[str, ...], str]]:
    complex_, rect = ("bundle.icon-too-complex",), '<rect width="55" height="55"/>'
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]><svg {_SVG}>{rect}<text>&a9;</text></svg>'
    yield "a billion laughs", ("bundle.icon-entity",), laughs
    file = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg {_SVG}>{rect}<text>&x;</text></svg>'
    yield "entity of a file", ("bundle.icon-entity",), file
    yield (
        "entity without end",
        ("bundle.icon-too-large",),
        (f'<!DOCTYPE svg [<!ENTITY a "{"a" * 200}">]><svg {_SVG}>{rect}<text>{"&a;" * 60_000}</text></svg>'),
    )
    uses = "".join(f'<g id="a{n + 1}">{f"""<use href="#a{n}"/>""" * 10}</g>' for n in range(9))
    yield "use of uses", complex_, f'<svg {_SVG}><g id="a0">{rect}</g>{uses}</svg>'
    again = "".join(f'<g id="a{n}"/>' for n in range(10))
    hidden = f'<svg {_SVG}><g id="a0">{rect}</g>{uses}{again}<use href="#a9"/></svg>'
    yield "use of uses behind second names", complex_, hidden
    spaces = f'<svg {_SVG}><g xmlns:z="{"u" * 100_000}">{"<z:x/>" * 20_000}</g>{rect}</svg>'
    yield "namespace that is repeated", ("bundle.icon-malformed",), spaces
    yield "use of itself", complex_, f'<svg {_SVG}><g id="a">{rect}<use href="#a"/></g></svg>'
    chain = "".join(f'<linearGradient id="g{n}" href="#g{n + 1}"/>' for n in range(5000))
    yield "gradients in a chain", complex_, f"<svg {_SVG}>{chain}{rect}</svg>"
    ring = '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/>'
    yield "gradients in a ring", complex_, f'<svg {_SVG}>{ring}<rect fill="url(#a)" width="9" height="9"/></svg>'
    masks = "".join(f'<mask id="m{n}"><rect width="9" height="9" mask="url(#m{n + 1})"/></mask>' for n in range(100))
    yield "masks in masks", complex_, f'<svg {_SVG}>{masks}<rect width="9" height="9" mask="url(#m0)"/></svg>'
    yield "too deep", complex_, f"<svg {_SVG}>{'<g>' * 5000}{rect}{'</g>' * 5000}</svg>"
    yield "only a filter", ("bundle.icon-empty",), f'<svg {_SVG}><filter width="1e9" height="1e9"/></svg>'
    yield "only a page", ("bundle.icon-empty",), f"<svg {_SVG}><foreignObject><body/></foreignObject><script>1</script></svg>"
    yield "only a file", ("bundle.icon-empty",), f'<svg {_SVG}><image href="file:///etc/passwd"/></svg>'
    yield "larger than it may be", ("bundle.icon-too-large",), f"<svg {_SVG}>{rect * 20_000}</svg>"
    yield "cut", ("bundle.icon-malformed",), f"<svg {_SVG}><rect"
    yield "layers", COSTLY, f'<svg {_SVG}>{f"""<g opacity=".5">{rect}</g>""" * 3500}</svg>'
    mask = f'<mask id="m">{rect}</mask>'
    yield "masks", COSTLY, f'<svg {_SVG}>{mask}{f"""<g mask="url(#m)">{rect}</g>""" * 3000}</svg>'
    clip = f'<clipPath id="m">{rect}</clipPath>'
    yield "clips", COSTLY, f'<svg {_SVG}>{clip}{f"""<g clip-path="url(#m)">{rect}</g>""" * 3000}</svg>'
    pattern = '<pattern id="p" width="1e6" height="1e6" patternUnits="userSpaceOnUse"><rect width="9" height="9"/></pattern>'
    yield "pattern of terabytes", COSTLY, f'<svg {_SVG}>{pattern}<rect width="55" height="55" fill="url(#p)"/></svg>'
    marker = f'<marker id="m" markerWidth="99" markerHeight="99">{rect}</marker>'
    path = f'<path stroke="#000" marker-mid="url(#m)" d="M0 0{"L9 9L1 2" * 20_000}"/>'
    yield "markers", COSTLY, f"<svg {_SVG}>{marker}{path}</svg>"
    hair = '<circle r="20" stroke="#000" stroke-width="1e-20" stroke-dasharray="1e-20" transform="matrix(1e20 1 1 1e20 1 1)"/>'
    yield "dashes without end", COSTLY, f"<svg {_SVG}>{hair}</svg>"


def _with(*more: Entry) -> bytes:
    return zip_bytes([*good_entries(), *more])


_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def _header(width: int, height: int, depth: int, colour: int, interlace: int) -> bytes:
    return _chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, interlace))


def _png(before: bytes, packed: bytes) -> bytes:
    return _SIGNATURE + before + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _deflated_zeros(mebibytes: int) -> bytes:
    deflater = zlib.compressobj()
    piece = bytes(MIB)
    return b"".join(deflater.compress(piece) for _ in range(mebibytes)) + deflater.flush()
