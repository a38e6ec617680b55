"""Bundles made byte by byte, so that every lie a ZIP file can tell can be told."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ICON = b"""<?xml version="1.0" ?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'
[
	<!ENTITY stroke_color "#010101">
	<!ENTITY fill_color "#FFFFFF">
]><svg xmlns="http://www.w3.org/2000/svg" width="55" height="55">
<rect x="5" y="5" width="45" height="45" style="fill:&fill_color;;stroke:&stroke_color;;stroke-width:3.5"/>
</svg>"""

INFO = b"""[Activity]
name = Small Maze
bundle_id = org.example.SmallMaze
activity_version = 7.1
exec = sugar-activity3 activity.SmallMaze
icon = maze
license = GPLv3+
summary = Find the way out
"""


DEFLATED = 8
"""The usual method of packing."""


@dataclass(frozen=True)
class Entry:
    """One entry; `local` and `central` override fields of the two headers, in the names used below."""

    name: bytes
    data: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    mode: int = 0o100644
    host: int = 3
    packed: bytes | None = None
    extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    descriptor: bytes = b""
    local: Mapping[str, int] = field(default_factory=dict)
    central: Mapping[str, int] = field(default_factory=dict)
    local_name: bytes | None = None

    def compressed(self) -> bytes:
        """The data as it is packed."""
        if self.packed is not None:
            return self.packed
        if self.method != DEFLATED:
            return self.data
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflater.compress(self.data) + deflater.flush()


def zip_bytes(
    entries: Sequence[Entry],
    *,
    prefix: bytes = b"",
    gaps: Mapping[int, bytes] | None = None,
    before_end: bytes = b"",
    comment: bytes = b"",
    suffix: bytes = b"",
    end: Mapping[str, int] | None = None,
) -> bytes:
    """Lay out a ZIP file; `gaps` puts bytes before the entry of that number, `end` overrides fields of the end record."""
    body = bytearray(prefix)
    directory = bytearray()
    for number, entry in enumerate(entries):
        body += (gaps or {}).get(number, b"")
        packed = entry.compressed()
        true = {
            "flags": entry.flags,
            "method": entry.method,
            "crc": zlib.crc32(entry.data),
            "packed": len(packed),
            "size": len(entry.data),
            "offset": len(body),
        }
        local, central = true | dict(entry.local), true | dict(entry.central)
        name = entry.name if entry.local_name is None else entry.local_name
        sums = (local["crc"], local["packed"], local["size"])
        body += struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, local["flags"], local["method"], 0, 33, *sums, len(name), len(entry.extra)
        )
        body += name + entry.extra + packed + entry.descriptor
        sums = (central["crc"], central["packed"], central["size"])
        lengths = (len(entry.name), len(entry.central_extra), len(entry.comment))
        made = (b"PK\1\2", entry.host << 8 | 20, 20, central["flags"], central["method"], 0, 33)
        directory += struct.pack("<4s6H3L5H2L", *made, *sums, *lengths, 0, 0, entry.mode << 16, central["offset"])
        directory += entry.name + entry.central_extra + entry.comment
    fields = {"disk": 0, "here": len(entries), "count": len(entries), "length": len(directory), "start": len(body)} | dict(
        end or {}
    )
    counts = (fields["disk"], 0, fields["here"], fields["count"], fields["length"], fields["start"])
    record = struct.pack("<4s4H2LH", b"PK\5\6", *counts, len(comment))
    return bytes(body + directory) + before_end + record + comment + suffix


def good_entries(more: Mapping[str, bytes] | None = None) -> list[Entry]:
    """Entries of a good small bundle, with more files below its root, or other content for them."""
    content = {
        "activity/activity.info": INFO,
        "activity/maze.svg": ICON,
        "activity.py": b"from gi.repository import Gtk\nfrom sugar3.activity import activity\n",
        "locale/es/activity.linfo": "[Activity]\nname = Laberinto pequeño\nsummary = Encuentra la salida\n".encode(),
    } | dict(more or {})
    return [Entry(f"SmallMaze.activity/{name}".encode(), data) for name, data in content.items()]
