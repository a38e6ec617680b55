"""An event of the log as a row of JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aslo_core.events import Recorded


def recorded_row(recorded: Recorded) -> dict[str, object]:
    """Say everything that the log holds of an event; `event` is None where its body was erased."""
    return {
        "position": recorded.position,
        "id": recorded.id,
        "stream": recorded.stream,
        "version": recorded.version,
        "recorded_us": recorded.recorded_us,
        "type": recorded.type,
        "schema": recorded.schema,
        "cause": recorded.cause,
        "key": recorded.key,
        "event": recorded.event,
    }
