"""Whatever a build writes, and however many follow it: the loop that serves all of them is nobody's for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import cast

import pytest

from aslo_core.live.build_output import BuildOutput
from aslo_core.live.following import Output, Outputs
from aslo_core.live.reading import Reading
from aslo_core.live.request import Request
from aslo_core.log.buildlogs import Chunk

REQUEST = Request(method="GET", path="/live/logs/1/github/1/10", query={}, last_event_id="")


class Number(int):
    """Counts how often it is compared."""

    compared = 0

    def __le__(self, other: int) -> bool:
        Number.compared += 1
        return super().__le__(other)


class One:
    """Outputs of which there is one, that is kept in memory already."""

    def __init__(self, output: Output) -> None:
        self._output = output

    @asynccontextmanager
    async def followed(self, _stream: str, _attempt: int) -> AsyncIterator[Output]:
        yield self._output


@pytest.fixture
def reading() -> Iterator[Reading]:
    with closing(Reading()) as made:
        yield made


def output_of(reading: Reading, data: list[bytes]) -> Output:
    """An output of these chunks, none of which was looked at yet."""
    chunks = [Chunk(Number(number), one) for number, one in enumerate(data, start=1)]
    return Output(lambda number, limit: chunks[number : number + limit], reading)


async def followed_with_others(output: Output) -> tuple[bytes, int]:
    """What a client is sent, and how often others had their turn meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    await output.look()
    output.end()
    going_on = asyncio.create_task(others())
    sent = b"".join([part async for part in BuildOutput(cast("Outputs", One(output))).answer(REQUEST)])
    going_on.cancel()
    return sent, turns


def test_others_have_their_turn_behind_each_chunk(reading: Reading) -> None:
    sent, turns = asyncio.run(followed_with_others(output_of(reading, [b"\n" * 1000] * 100)))
    assert sent.count(b"data: \n") > 100 * 1000
    assert turns >= 100


def test_whoever_follows_looks_through_few_chunks_however_small_they_are(reading: Reading) -> None:
    count = 4096

    async def follow(output: Output) -> None:
        await output.look()
        read = 0
        while chunks := await output.after(read):
            read = chunks[-1].number
        assert read == count

    Number.compared = 0
    asyncio.run(follow(output_of(reading, [b"x"] * count)))
    assert Number.compared < 8 * count
