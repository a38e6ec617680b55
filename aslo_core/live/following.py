"""Following what attempts write: the log's database is asked by one follower for each attempt, however many watch it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from itertools import dropwhile, islice

import structlog

from aslo_core.events import UnreadableEvent
from aslo_core.live.reading import Reading
from aslo_core.live.request import Refused
from aslo_core.log import EventLog, LogUnavailable
from aslo_core.log.buildlogs import BuildLogs, Chunk
from aslo_core.release.state import ReleaseState, evolve, fold

log = structlog.get_logger(__name__)

_LOOK_S = 0.2
"""Between two looks at an attempt that goes on and that somebody follows."""
_AGAIN_S = 2.0
_AT_ONCE = 8
"""Chunks that are read at a time, which bounds what each stream holds."""
_KEPT_BYTES, _KEPT_CHUNKS = 256 << 10, 256
"""The newest of an output, kept for all who follow it and are not behind; each of them looks through it for its place."""


class Output:
    """What an attempt writes.

    Args:
        read: reads its chunks beyond a number, so many at most.

    Attributes:
        over: whether the attempt has ended, and all that it wrote is there.
        broken: whether nobody looks for more, for a fault of this process.
        newest: number of the newest chunk, 0 for none.
        news: is set once anything of this has changed, and another event takes its place.
    """

    def __init__(self, read: Callable[[int, int], list[Chunk]], reading: Reading) -> None:
        self._read = read
        self._reading = reading
        self._recent: deque[Chunk] = deque()
        self._recent_bytes = 0
        self.over = self.broken = False
        self.newest = 0
        self.news = asyncio.Event()
        self.readers = 0

    async def after(self, number: int) -> list[Chunk]:
        """Give some chunks beyond a number, in order; none where there are none yet.

        Raises:
            LogUnavailable: they have to be read from the database, and cannot be.
        """
        if number >= self.newest:
            return []
        if self._recent and self._recent[0].number <= number + 1:
            return list(islice(dropwhile(lambda chunk: chunk.number <= number, self._recent), _AT_ONCE))
        return await self._reading(partial(self._read, number, _AT_ONCE))

    async def look(self) -> None:
        """Take up all chunks that are new.

        Raises:
            LogUnavailable: they cannot be read.
        """
        while chunks := await self._reading(partial(self._read, self.newest, _AT_ONCE)):
            self._recent.extend(chunks)
            self._recent_bytes += sum(len(chunk.data) for chunk in chunks)
            while self._recent_bytes > _KEPT_BYTES or len(self._recent) > _KEPT_CHUNKS:
                self._recent_bytes -= len(self._recent.popleft().data)
            self.newest = chunks[-1].number
            self._tell()

    def end(self, *, broken: bool = False) -> None:
        """Say that there is nothing more to come."""
        self.over, self.broken = not broken, broken
        self._tell()

    def _tell(self) -> None:
        told, self.news = self.news, asyncio.Event()
        told.set()


class Outputs:
    """The outputs that somebody follows.

    Args:
        events: the log, which tells when an attempt has ended.
        build_logs: the chunks.
        reading: reads from both.
        give_up: called with words where the log holds what this program does not know.
    """

    def __init__(self, events: EventLog, build_logs: BuildLogs, reading: Reading, give_up: Callable[[str], None]) -> None:
        self._events = events
        self._build_logs = build_logs
        self._reading = reading
        self._give_up = give_up
        self._followed: dict[tuple[str, int], tuple[Output, asyncio.Task[None]]] = {}

    @asynccontextmanager
    async def followed(self, stream: str, attempt: int) -> AsyncIterator[Output]:
        """Follow an attempt's output, with all others who do, for the time of a block.

        Raises:
            Refused: there is no such attempt.
            LogUnavailable: the log cannot be read.
        """
        state = await self._reading(lambda: fold(stream, self._events.read(stream)))
        if not 0 < attempt <= state.attempt:
            release = stream.removeprefix("release/")
            raise Refused(HTTPStatus.NOT_FOUND, f"There is no attempt {attempt} of a release {release}.")
        key = (stream, attempt)
        if key not in self._followed:
            made = Output(partial(self._build_logs.after, stream, attempt), self._reading)
            self._followed[key] = made, asyncio.create_task(self._follow(made, state, attempt))
        output, follower = self._followed[key]
        output.readers += 1
        try:
            yield output
        finally:
            output.readers -= 1
            if not output.readers:
                follower.cancel()
                self._followed.pop(key)

    async def _follow(self, output: Output, state: ReleaseState, attempt: int) -> None:
        while not (output.over or output.broken):
            try:
                state = await self._look(output, state, attempt)
                await asyncio.sleep(_LOOK_S)
            except LogUnavailable as reason:
                log.warning("live.log_unavailable", release=state.stream, attempt=attempt, error=str(reason))
                await asyncio.sleep(_AGAIN_S)
            except UnreadableEvent as reason:
                output.end(broken=True)
                self._give_up(str(reason))
            except Exception:
                log.exception("live.following_failed", release=state.stream, attempt=attempt)
                output.end(broken=True)

    async def _look(self, output: Output, state: ReleaseState, attempt: int) -> ReleaseState:
        """Look for chunks, and whether they are the last: what is there when an attempt is known to have ended is all of it."""
        state = await self._reading(partial(self._folded_on, state))
        await output.look()
        if state.attempt != attempt or state.claimed is None:
            output.end()
        return state

    def _folded_on(self, state: ReleaseState) -> ReleaseState:
        for recorded in self._events.read(state.stream, after=state.version):
            state = evolve(state, recorded)
        return state
