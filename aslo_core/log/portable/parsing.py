"""Reads the lines of an exported log one by one, and says of what is wrong in which line it is."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import BinaryIO

import msgspec

from aslo_core.log.event_faults import hash_faults
from aslo_core.log.kept_event import KeptEvent
from aslo_core.log.order_faults import Walk
from aslo_core.log.portable.lines import FORMAT, MAX_LINE, Begin, End, EventLine, Line, NotImportable, OutputLine, event_of

_LINE: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_FIRST = msgspec.json.Decoder(Begin)
_GZIP = b"\x1f\x8b"


class Parser:
    """An export that is read once, from begin to end. Its first line is read at once.

    Args:
        file: where it is read from.

    Attributes:
        line: number of the line that was read last, from 1.

    Raises:
        NotImportable: it is no export, or one of a newer ASLO.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.line = 0
        self._file = file
        self._digest = sha256()
        self._digest_before = ""
        self._walk = Walk()
        self._output = 0
        self._begin(self._next())

    def lines(self) -> Iterator[KeptEvent | OutputLine]:
        """Read what is between the first line and the last: events, then output. All of it is sound when this ends.

        Raises:
            NotImportable: a line is not as it was exported, or there is no last one.
            OSError: the file cannot be read.
        """
        before: OutputLine | None = None
        while True:
            match self._decoded(self._next()):
                case EventLine() as line if before is None:
                    yield self._checked(event_of(line))
                case OutputLine() as line if before is None or before.place < line.place:
                    before = line
                    self._output += 1
                    yield line
                case End() as line:
                    self._check_end(line)
                    return
                case line:
                    raise NotImportable(self.line, f"it is not in its order: {type(line).__struct_config__.tag}")

    def passed(self) -> End:
        """What was read before the line that was read last, as a last line tells it."""
        walk = self._walk
        return End(
            events=walk.events, erased=walk.erased, output=self._output, leaf=walk.leaf.hex(), digest=self._digest_before
        )

    def _next(self) -> bytes:
        self.line += 1
        content = self._file.readline(MAX_LINE)
        if len(content) == MAX_LINE:
            raise NotImportable(self.line, f"it has more than {MAX_LINE >> 20} MiB")
        if self.line > 1 and not content.endswith(b"\n"):
            cure = "make the export again, or take another copy of it"
            raise NotImportable(self.line, "the export ends before its last line: it was cut off", cure)
        self._digest_before = self._digest.hexdigest()
        self._digest.update(content)
        return content

    def _begin(self, content: bytes) -> None:
        if content.startswith(_GZIP):
            raise NotImportable(1, "it is compressed", "unpack it: gunzip -c FILE | aslo log import -")
        try:
            begin = _FIRST.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise NotImportable(1, "it is no exported log", "give the file that `aslo log export` made") from None
        if begin.format > FORMAT:
            cure = f"this one reads format {FORMAT}: use that one"
            raise NotImportable(1, f"a newer ASLO has made it, in format {begin.format}", cure)
        if begin.format != FORMAT or not content.endswith(b"\n"):
            raise NotImportable(1, f"format {begin.format} was never written")

    def _decoded(self, content: bytes) -> Line:
        try:
            return _LINE.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise NotImportable(self.line, f"it cannot be read: {error}") from None

    def _checked(self, event: KeptEvent) -> KeptEvent:
        if fault := next(chain(self._walk.faults(event), hash_faults(event)), ""):
            raise NotImportable(self.line, f"the event at position {event.position} is not as it was recorded: {fault}")
        return event

    def _check_end(self, said: End) -> None:
        for position, fault in self._walk.erasure_faults():
            raise NotImportable(position + 2, fault)  # the first line is the begin, the second has position 0
        passed = self.passed()
        for name in End.__struct_fields__:
            if getattr(said, name) != getattr(passed, name):
                found = f"it says {getattr(said, name)} as {name}, the lines before it give {getattr(passed, name)}"
                raise NotImportable(self.line, found)
        if self._file.read(1):
            raise NotImportable(self.line + 1, "there is something behind the end of the export")
