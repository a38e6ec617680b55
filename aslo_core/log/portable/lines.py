"""The lines of an exported log: docs/reference/export-format.md, format 1. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

from aslo_core.errors import AsloError
from aslo_core.log.body import deflate, inflate
from aslo_core.log.kept_event import KeptBody, KeptEvent

FORMAT = 1
"""Version of the format that is written, and the only one that is read."""
MAX_LINE = 64 * 1024 * 1024
"""Longest line that is read, in bytes: a body has at most 16 MiB, and takes at most twice that as a text within JSON."""

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Salt = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class NotImportable(AsloError):
    """What was to be imported is damaged, cut off, foreign, or made by a newer ASLO.

    Args:
        line: number of the line, from 1.
        found: what is wrong with it.
        cure: what to do.
    """

    def __init__(self, line: int, found: str, cure: str = "the export is damaged: take another copy of it") -> None:
        super().__init__(f"line {line}: {found}; {cure}")


class Begin(msgspec.Struct, frozen=True, tag_field="line", tag="aslo-log"):
    """The first line. That of another format may have more fields.

    Attributes:
        format: version of the format.
    """

    format: _Number


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body with the salt that it is hashed with, in hexadecimal digits."""

    salt: _Salt
    json: str


class EventLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="event", forbid_unknown_fields=True):
    """An event, as docs/reference/log-format.md names its fields; digests are in hexadecimal digits.

    Attributes:
        body: None where it was erased.
    """

    position: _Number
    id: str
    stream: str
    version: _Number
    type: str
    schema: _Number
    recorded_us: _Number
    source: str
    key: str
    actor: str
    correlation: str
    causation: str
    metadata: str
    body_digest: _Digest
    leaf: _Digest
    body: Body | None


class OutputLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="output", forbid_unknown_fields=True):
    """What an attempt printed at one moment.

    Attributes:
        stream: the release's stream.
        attempt: number of the attempt.
        number: of the chunk, growing within the attempt.
        offset_us: µs since the attempt began.
        data: base64 in the line.
    """

    stream: str
    attempt: _Number
    number: _Number
    offset_us: _Number
    data: bytes

    @property
    def place(self) -> tuple[bytes, int, int]:
        """What such lines are ordered by."""
        return self.stream.encode(), self.attempt, self.number


class End(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="end", forbid_unknown_fields=True):
    """The last line: without it the export was cut off.

    Attributes:
        events: how many lines are events.
        erased: how many of them have no body.
        output: how many lines are output.
        leaf: that of the last event, in hexadecimal digits; empty without events.
        digest: SHA-256 of all lines before, with their ends, in hexadecimal digits.
    """

    events: _Number
    erased: _Number
    output: _Number
    leaf: str
    digest: _Digest


Line = Begin | EventLine | OutputLine | End


def event_line(event: KeptEvent) -> EventLine:
    """Say an event that is free of faults as a line.

    Raises:
        ValueError: metadata or body are no UTF-8.
    """
    return EventLine(
        position=event.position,
        id=event.id,
        stream=event.stream,
        version=event.version,
        type=event.type,
        schema=event.schema,
        recorded_us=event.recorded_us,
        source=event.source,
        key=event.key,
        actor=event.actor,
        correlation=event.correlation,
        causation=event.causation,
        metadata=event.metadata.decode(),
        body_digest=event.body_digest.hex(),
        leaf=event.leaf.hex(),
        body=None if event.body is None else _said(event.body),
    )


def event_of(line: EventLine) -> KeptEvent:
    """Make of a line what lies in the tables."""
    return KeptEvent(
        position=line.position,
        id=line.id,
        stream=line.stream,
        version=line.version,
        type=line.type,
        schema=line.schema,
        recorded_us=line.recorded_us,
        source=line.source,
        key=line.key,
        actor=line.actor,
        correlation=line.correlation,
        causation=line.causation,
        metadata=line.metadata.encode(),
        body_digest=bytes.fromhex(line.body_digest),
        leaf=bytes.fromhex(line.leaf),
        body=None if line.body is None else _kept(line.body),
    )


def _said(body: KeptBody) -> Body:
    return Body(salt=body.salt.hex(), json=inflate(body.deflated, body.size).decode())


def _kept(body: Body) -> KeptBody:
    content = body.json.encode()
    return KeptBody(salt=bytes.fromhex(body.salt), size=len(content), deflated=deflate(content))
