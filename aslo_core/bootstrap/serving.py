"""Whether an `aslo serve` runs here, and what it says of itself."""

from __future__ import annotations

import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import msgspec

from aslo_core.bootstrap.databases import log_where
from aslo_core.bootstrap.serve_lock import ServeLock
from aslo_core.config import CoreSettings
from aslo_core.config.settings import EVERYWHERE
from aslo_core.errors import AsloError
from aslo_core.jobs.holding import CONDUCTOR
from aslo_core.log.leases import Leases
from aslo_core.types import Value
from aslo_core.web.health import HealthAnswer

_PATIENCE_S = 3.0
_AT_MOST = 1 << 20


class Serving(Value):
    """A process that serves.

    Attributes:
        process: its id, as `pid 1234`; empty where none runs.
        health: what its `/readyz` answered, or None where it did not or cannot be asked.
        silence: why it did not answer, or empty.
    """

    process: str
    health: HealthAnswer | None = None
    silence: str = ""


def _conductor(settings: CoreSettings) -> str:
    """Name who conducts by a lease, where several processes share a log; empty for nobody."""
    where = log_where(settings)
    if isinstance(where, Path):
        return ""
    try:
        with closing(Leases(where)) as leases:
            return leases.held(CONDUCTOR).get(CONDUCTOR, "")
    except AsloError:
        return ""  # why the log cannot be read is told elsewhere


def ask(settings: CoreSettings) -> Serving:
    """Look who serves the data folder, and ask how it is."""
    process = ServeLock(settings.data_path).holder() or _conductor(settings)
    if not process:
        return Serving(process="")
    port = settings.server.port
    if port == 0:
        return Serving(process=process)
    host = EVERYWHERE.get(settings.server.host, settings.server.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/readyz"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=_PATIENCE_S) as response:
            body = response.read(_AT_MOST)
    except urllib.error.HTTPError as answer:
        with answer:
            body = answer.read(_AT_MOST)
    except OSError as reason:
        return Serving(process=process, silence=f"{address} does not answer: {reason}")
    try:
        return Serving(process=process, health=msgspec.json.decode(body, type=HealthAnswer))
    except msgspec.DecodeError:
        return Serving(process=process, silence=f"{address} is not answered by ASLO")
