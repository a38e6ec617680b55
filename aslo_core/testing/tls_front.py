"""Ends TLS in front of a service that speaks plainly, as a web server does, with a certificate that a test may change."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aslo_core.testing.certificates import IssuedCertificate
    from aslo_core.testing.proxy import Address


class TlsFront:
    """Takes encrypted connections and passes on what they say. It runs in a thread of its own while its `with` block does.

    Args:
        upstream: the service.
        certificate: what is shown at first.

    Attributes:
        address: where it listens.
    """

    def __init__(self, upstream: Address, certificate: IssuedCertificate) -> None:
        self._upstream = upstream
        self._certificate = certificate
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address: Address = self._listener.getsockname()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tls-front")

    def __enter__(self) -> Self:
        self._thread.start()
        self.present(self._certificate)
        return self

    def __exit__(self, *_: object) -> None:
        self._in_loop(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listener.close()

    def present(self, certificate: IssuedCertificate) -> None:
        """Show this certificate from now on. Connections end that were made before, and no session of theirs is resumed."""
        self._in_loop(self._show(certificate))

    def _in_loop(self, change: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(change, self._loop).result()

    async def _show(self, certificate: IssuedCertificate) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        await self._hang_up()
        self._server = await asyncio.start_server(self._connect, sock=self._listener.dup(), ssl=context)

    async def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _end(self) -> None:
        await self._hang_up()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _connect(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        far_in, far_out = await asyncio.open_connection(*self._upstream)
        ends = {near_out, far_out}
        self._writers |= ends
        await asyncio.gather(_pass(near_in, far_out), _pass(far_in, near_out))
        self._writers -= ends


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass one direction on until its end or an error, which end the other one too."""
    with suppress(OSError):
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
    sink.close()
    with suppress(OSError):
        await sink.wait_closed()
