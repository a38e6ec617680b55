"""What the web needs from the rest of ASLO."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from flask import Blueprint

from aslo_core.log.buildlogs import Chunk
from aslo_core.projections import Views
from aslo_core.receipts import Backends, Doubts
from aslo_core.release.clock import Clock
from aslo_core.release.pressure import Pause


class BuildLogReader(Protocol):
    """Where the output of builds is kept."""

    def attempts(self, stream: str) -> list[int]:
        """Numbers of the attempts of a release that wrote a log, in order."""
        ...

    def read(self, stream: str, attempt: int) -> Iterator[tuple[int, bytes]]:
        """The pieces of one attempt's log: µs since its beginning, and bytes as they were written."""
        ...

    def newest(self, stream: str, attempt: int, size: int) -> list[Chunk]:
        """The last pieces of one attempt's log, in order: as few as hold so many bytes, or all."""
        ...


@dataclass(frozen=True)
class WebServices:
    """Everything that pages are made of.

    Attributes:
        views: the read models.
        build_logs: the output of builds.
        storages: gives the enabled storages by their names, in the order of `aslo.toml`, as they are in force now.
        public_url: address that ASLO is reached at from outside, without a slash at the end.
        log_head: gives the position of the newest event. Pages are made of the views alone; this only tells whether the views
            may lack what is asked for.
        pause: tells whether releases are begun, and why not.
        clock: the time.
        listing: names the enabled sources that can be asked what no delivery told, as they are in force now.
        doubts: receipts that downloads have shown to be wrong.
        intake: serves the webhooks, where this process takes any.
        page_size: how many activities one page of the catalogue lists.
        recent: how many releases and deliveries the status page lists.
    """

    views: Views
    build_logs: BuildLogReader
    storages: Callable[[], Backends]
    public_url: str
    log_head: Callable[[], int]
    pause: Callable[[], Pause]
    clock: Clock
    listing: Callable[[], Collection[str]] = frozenset
    doubts: Doubts = field(default_factory=Doubts)
    intake: Blueprint | None = None
    page_size: int = 24
    recent: int = 30
