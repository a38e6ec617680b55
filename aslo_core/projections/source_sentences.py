"""What an event of a source says to people, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from aslo_core.events import Event, SourceDelayed, SourceReconciled


def _source_reconciled(event: SourceReconciled) -> str:
    since = datetime.fromtimestamp(event.since_us // 1_000_000, UTC)
    found = f"{event.found:,} found that no delivery had told" if event.found else "nothing was missing here"
    return f"It was asked for its releases since {since:%Y-%m-%d %H:%M} UTC: {found}."


def _source_delayed(event: SourceDelayed) -> str:
    return f"Asking it for its releases came to nothing (try {event.failures}) and will be repeated: {event.error}"


SOURCE_SENTENCES: Mapping[type[Event], Callable[[Any], str]] = MappingProxyType(
    {SourceReconciled: _source_reconciled, SourceDelayed: _source_delayed}
)
"""Each type of event, and what says it."""
