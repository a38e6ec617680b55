"""Streams, on a socket of their own or on connections that the web server gives them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack

from aslo_core.bootstrap.shared import Shared
from aslo_core.live.build_output import BuildOutput
from aslo_core.live.following import Outputs
from aslo_core.live.reading import Reading
from aslo_core.live.server import LiveServer, Terms


def make_live_server(
    shared: Shared, streams: int, give_up: Callable[[str], None], closing: ExitStack, listening: socket.socket | None
) -> LiveServer:
    """Make the server of streams; nothing is started yet.

    Args:
        shared: the log, and the output of builds.
        streams: how many are served at the same time.
        give_up: called with words when it cannot go on.
        closing: ends what it reads with.
        listening: the socket, or None where connections come from the web server alone.
    """
    reading = Reading()
    closing.callback(reading.close)
    output = BuildOutput(Outputs(shared.events, shared.build_logs, reading, give_up))
    return LiveServer(output.answer, Terms(streams), give_up, listening)
