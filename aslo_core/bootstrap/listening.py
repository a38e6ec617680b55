"""The socket that ASLO listens on."""

from __future__ import annotations

import errno
import os
import socket

from aslo_core.errors import AsloError

_CURES = {
    errno.EADDRINUSE: "end what listens there, or choose another server.port; 0 takes any free one",
    errno.EACCES: "ports below 1024 are for privileged processes; choose another server.port",
    errno.EADDRNOTAVAIL: "server.host must be an address of this machine; 0.0.0.0 and :: are all of them",
}


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address of this machine; on its IPv4 one where a name has both.

    Args:
        host: an IPv4 or IPv6 address, or a name.
        port: the port, or 0 for any free one.

    Raises:
        AsloError: the name is unknown, or the address cannot be listened on.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        return socket.create_server(address[:2], family=family, backlog=1024)
    except socket.gaierror as reason:
        raise AsloError(f"server.host {host!r} is no address ({reason.strerror}): name one of this machine") from None
    except OSError as reason:
        cure = _CURES.get(reason.errno or 0, "choose another server.host or server.port")
        raise AsloError(f"cannot listen on {host} port {port} ({os.strerror(reason.errno or 0)}): {cure}") from None
