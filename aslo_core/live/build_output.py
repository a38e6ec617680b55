"""What an attempt of a release writes, as a stream of events: `/live/logs/<attempt>/<release>`.

Each event of the type `message` brings whole lines, harmless as the release's page shows them; its id is the number of the last
chunk that was read for it. At the end stands one of the type `end`, with what was written after the last newline, which is
mostly nothing. Its id is `end`: whoever comes back with that is told not to (204).
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus

from aslo_core.live.event_stream import KEEP_ALIVE, event, retry
from aslo_core.live.following import Output, Outputs
from aslo_core.live.request import Refused, Request
from aslo_core.log.output_text import OutputText

_PATH = re.compile(r"/live/logs/([1-9][0-9]{0,17})/(.+)")
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_END = "end"
_RETRY_MS = (1000, 5000)
"""Between these, so that not all come back at once after a restart."""


class BuildOutput:
    """Answers requests for the output of attempts.

    Args:
        outputs: the outputs.
        keep_alive_s: seconds of silence after which a comment is sent.
    """

    def __init__(self, outputs: Outputs, keep_alive_s: float = 15.0) -> None:
        self._outputs = outputs
        self._keep_alive_s = keep_alive_s

    async def answer(self, request: Request) -> AsyncGenerator[bytes, None]:
        """Give the events of the attempt that is asked for, as they come; whoever asks ends what lasts too long.

        Raises:
            Refused: there is none, before the first event.
            LogUnavailable: the log cannot be read.
        """
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        seen = _seen(request)
        async with self._outputs.followed(f"release/{match[2]}", int(match[1])) as output:
            yield retry(random.randint(*_RETRY_MS))  # noqa: S311 - it spreads load, it guards nothing
            async with aclosing(_events(output, seen, self._keep_alive_s)) as events:
                async for one in events:
                    yield one


async def _events(output: Output, seen: int, keep_alive_s: float) -> AsyncGenerator[bytes, None]:
    """Make events of the chunks; all are read, since what one means depends on those before it, and those seen are left out."""
    text, read = OutputText(), 0
    while not output.broken:
        news = output.news
        if chunks := await output.after(read):
            new: list[str] = []
            for chunk in chunks:
                lines, read = text.feed(chunk.data), chunk.number
                if read > seen:
                    new.append(lines)
                await asyncio.sleep(0)  # whatever a chunk holds, the other streams go on behind it
            if told := "".join(new):
                yield event(told, id_=str(read))
        elif output.over:
            yield event(text.rest(), id_=_END, name="end")
            return
        else:
            try:
                async with asyncio.timeout(keep_alive_s):
                    await news.wait()
            except TimeoutError:
                yield KEEP_ALIVE


def _seen(request: Request) -> int:
    """Number of the chunk up to which the client has everything; `Last-Event-ID` is the newer word where both are there."""
    told = request.last_event_id or request.query.get("after", "")
    if told == _END:
        raise Refused(HTTPStatus.NO_CONTENT, "The attempt has ended, and all that it wrote was told.")
    if told and not _NUMBER.fullmatch(told):
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            "Last-Event-ID, or after= in the address, is the id of an event of this stream; leave it out to get all of it.",
        )
    return int(told or 0)
