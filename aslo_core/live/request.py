"""What is asked for, and how it is refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

_ADJUSTMENTS = Adjustments()


class Refused(Exception):
    """This is not answered.

    Args:
        status: the HTTP status.
        detail: what was expected, what was found and what to do.
        fields: header fields that go with it.
    """

    def __init__(self, status: HTTPStatus, detail: str, **fields: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.fields = {name.replace("_", "-"): value for name, value in fields.items()}


@dataclass(frozen=True)
class Request:
    """A request whose body, if it has one, is of no interest.

    Attributes:
        method: `GET`, for example.
        path: decoded.
        query: its parameters; of several of one name the last one.
        last_event_id: the field `Last-Event-ID`, empty where there is none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    last_event_id: str


def understood(head: bytes) -> Request:
    """Read request line and header fields, with the empty line after them.

    Raises:
        Refused: they are no HTTP.
    """
    parser = HTTPRequestParser(_ADJUSTMENTS)
    parser.received(head)
    if parser.error is not None or parser.empty:
        found = parser.error.body if parser.error is not None else "it is empty"
        raise Refused(HTTPStatus.BAD_REQUEST, f"This request cannot be understood: {found}.")
    return Request(
        method=parser.command,
        path=parser.path.encode("latin-1").decode(errors="replace"),
        query=dict(parse_qsl(parser.query, keep_blank_values=True)),
        last_event_id=parser.headers.get("LAST_EVENT_ID", ""),
    )
