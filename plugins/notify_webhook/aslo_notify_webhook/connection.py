"""Connections to addresses that were checked, and to no others: between check and connection nobody is asked again."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from httpcore2 import ConnectError, ConnectTimeout, NetworkBackend, NetworkStream, ReadTimeout, SyncBackend, WriteTimeout

from aslo_core.api import Permanent
from aslo_notify_webhook.inside import Network, is_inside

Resolver = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host; raises OSError where there are none."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask this machine's resolver for the addresses of a host, once each, in the order to try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Deadline:
    """The time by which everything has to be done.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, late: type[Exception]) -> float:
        """Seconds that are left.

        Raises:
            late: none are.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise late
        return left


class CheckedBackend(NetworkBackend):
    """Connects to hosts outside the operator's network, for one delivery.

    Args:
        resolver: gives the addresses of a host.
        allowed: networks inside that may be reached all the same.
        deadline: when to give up.
        table: table of the configuration, for the cure.
    """

    def __init__(self, resolver: Resolver, allowed: Sequence[Network], deadline: Deadline, table: str) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._deadline = deadline
        self._table = table
        self._plain = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is for everything together
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Resolve a host once, check every address of it, and connect to the first that answers.

        Raises:
            Permanent: an address lies inside.
            ConnectError, ConnectTimeout: none answers.
        """
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as reason:
            raise ConnectError(f"its name leads nowhere ({reason})") from reason
        if any(is_inside(address, self._allowed) for address in addresses):
            # Which address it is stays untold: what is recorded is public, and inner names would be laid open.
            raise Permanent(
                "webhook.inside-network",
                f"{host} leads into this network, or is not surely outside, so nothing was sent there.",
                f"If that is meant, add its network to allow_private of {self._table}.",
            )
        failure: Exception = ConnectError("its name leads nowhere")
        for address in addresses:
            try:
                left = self._deadline.left(ConnectTimeout)
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options or ())
            except (ConnectError, ConnectTimeout) as reason:
                failure = reason
            else:
                return _Timely(stream, self._deadline)
        raise failure


class _Timely(NetworkStream):
    """A stream whose every step ends by a deadline, so that a peer that drips holds up nobody."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left(ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left(WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        return _Timely(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(ConnectTimeout)), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
