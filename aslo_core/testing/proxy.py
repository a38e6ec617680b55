"""A TCP proxy that breaks connections at a chosen byte, for tests of what a peer or a wire can do to a program."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from contextlib import ExitStack, suppress
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Address = tuple[str, int]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""Lingering for no time: the kernel sends a reset instead of an orderly end (socket(7), SO_LINGER)."""


class Fault(Enum):
    """How connections break."""

    RESET = "reset"
    """Both peers get a reset, as when a firewall forgets them."""
    CLOSE = "close"
    """Both peers see an orderly end, which looks as if the other had said all it had to say."""
    STALL = "stall"
    """Nothing arrives any more and nobody is told, as when a cable is pulled."""


class BreakingProxy:
    """Passes connections on until a number of bytes went through, then breaks those there are and every new one.

    It runs in a thread of its own while its `with` block does.

    Args:
        routes: pairs of (address to listen on, address to pass on to); port 0 listens on a free one. Several are needed for
            protocols with more than one connection, such as FTP; the bytes of all of them count together.
    """

    def __init__(self, routes: Sequence[tuple[Address, Address]]) -> None:
        with ExitStack() as opened:
            self._listeners = [
                (opened.enter_context(socket.create_server(listen, backlog=64)), upstream) for listen, upstream in routes
            ]
            opened.pop_all()
        self.addresses: list[Address] = [listener.getsockname()[:2] for listener, _ in self._listeners]
        self._writers: set[asyncio.StreamWriter] = set()
        self._passed = 0
        self._broken = 0
        self._limit: int | None = None
        self._condition: Callable[[], bool] | None = None
        self._fault = Fault.RESET
        self._loop = asyncio.new_event_loop()
        self._healed = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="breaking-proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def passed(self) -> int:
        """Bytes passed on since the start or the last `break_after` or `heal`, both directions of all connections."""
        return self._passed

    @property
    def broken(self) -> int:
        """How often it broke, or withheld what came, since the start or the last `break_after`, `break_when` or `heal`."""
        return self._broken

    def break_after(self, count: int, fault: Fault = Fault.RESET) -> None:
        """Break once `count` further bytes were passed on."""
        self._in_loop(partial(self._set, count, fault))

    def break_when(self, condition: Callable[[], bool], fault: Fault = Fault.RESET) -> None:
        """Break as soon as a condition holds, in place of the answer that comes next.

        Args:
            condition: asked in a thread, before each piece that a server sends is passed on. It must not use this proxy.
            fault: how.
        """
        self._in_loop(partial(self._set, None, fault, condition))

    def heal(self) -> None:
        """Pass everything on again; what stalled is reset."""
        self._in_loop(partial(self._set, None, Fault.RESET))

    def _in_loop(self, change: Callable[[], None]) -> None:
        async def run() -> None:
            change()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _set(self, limit: int | None, fault: Fault, condition: Callable[[], bool] | None = None) -> None:
        self._passed, self._broken, self._limit, self._fault, self._condition = 0, 0, limit, fault, condition
        if limit is None and condition is None:
            self._healed.set()
        else:
            self._healed.clear()

    async def _listen(self) -> None:
        self._servers = [
            await asyncio.start_server(partial(self._connect, upstream), sock=listener)
            for listener, upstream in self._listeners
        ]

    async def _end(self) -> None:
        self._set(None, Fault.RESET)
        for server in self._servers:
            server.close()
        self._break()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _connect(self, upstream: Address, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            far_in, far_out = await asyncio.open_connection(*upstream)
        except OSError:
            near_out.transport.abort()
            return
        ends = {near_out, far_out}
        self._writers |= ends
        await asyncio.gather(self._pass(near_in, far_out), self._pass(far_in, near_out, answers=True))
        self._writers -= ends
        for end in ends:
            end.close()
            with suppress(OSError):
                await end.wait_closed()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False) -> None:
        """Pass one direction on until its end, an error or a break."""
        with suppress(OSError):
            while data := await source.read(1 << 14):
                if answers:
                    await self._look()
                allowed = self._allow(len(data))
                sink.write(data[:allowed])
                await sink.drain()
                if allowed < len(data):
                    self._broken += 1
                    if self._fault is Fault.STALL:
                        await self._healed.wait()
                    self._break()
                    return
            sink.write_eof()

    async def _look(self) -> None:
        """Let nothing more pass if the condition holds that was set."""
        condition = self._condition
        if (
            condition is not None
            and self._limit is None
            and await asyncio.to_thread(condition)
            and condition is self._condition
        ):
            self._limit = self._passed

    def _allow(self, count: int) -> int:
        """Count bytes and tell how many of them may pass."""
        if self._limit is not None:
            count = min(count, self._limit - self._passed)
        self._passed += count
        return count

    def _break(self) -> None:
        for writer in self._writers:
            if self._fault is Fault.CLOSE:
                writer.close()
                continue
            connection = writer.get_extra_info("socket")
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()
