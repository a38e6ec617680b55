"""How values are written into messages of each kind, so that what strangers wrote stays text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import msgspec
from markupsafe import Markup

from aslo_core.plain_text import one_line

Written = Markup
"""Type of what a filter returns that has written its value for its medium already."""


def _accept(_message: str) -> str:
    return ""


@dataclass(frozen=True)
class Medium:
    """What templates of one suffix make.

    Attributes:
        write: writes the value of each `{{ … }}` that is not `Written`.
        filters: filters beside Jinja's own.
        fault: says why a finished message is none, or gives an empty text.
    """

    write: Callable[[Any], str]
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    fault: Callable[[str], str] = _accept


def _html(value: Any) -> str:
    return escape(one_line(str(value)))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _json_fault(message: str) -> str:
    try:
        msgspec.json.decode(message)
    except msgspec.DecodeError as reason:
        return f"what it gives is not JSON ({reason}); write each value as {{{{ … }}}} without quotes around it"
    return ""


TEXT = Medium(write=lambda value: one_line(str(value)))
"""Plain text: each value on one line, without control characters."""

HTML = Medium(write=_html)
"""HTML: values as text on one line, in elements and in quoted attributes."""

JSON = Medium(write=_json, fault=_json_fault)
"""JSON: each value as a JSON value, texts with their quotes."""
