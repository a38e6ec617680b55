"""Who else than ASLO sends the bytes of a download: the web server in front, or the address where a storage serves them."""

from __future__ import annotations

import structlog

from aslo_core.errors import AsloError
from aslo_core.types import Blob, Handover, HandsOver, Storage
from aslo_core.web.stored_bytes import Held

log = structlog.get_logger(__name__)

ANNOUNCEMENT = "X-Sendfile-Type"
"""Header by which a web server in front says in its requests which header it looks for in the answers, as for Rack::Sendfile.
What it sets replaces what a client sent. Where nobody is in front, nobody says it, and ASLO sends the bytes itself."""


def sent_elsewhere(of: Held, announced: str, public_url: str) -> Handover | str | None:
    """Tell who sends an object that ASLO need not send.

    The storage that is read first decides. Passed over is only one that would hand the object over and is out of reach, or does
    not have it as it should be. Where its receipt is doubted, ASLO sends the bytes itself, since it alone looks at them.

    Args:
        of: the object.
        announced: the header that the web server in front looks for; empty where there is none.
        public_url: address of ASLO: from https nobody is led to plain http, where anybody on the way could change a bundle.

    Returns:
        What the web server in front is told; or the address to lead to; or None where ASLO has to send it.
    """
    blob = of.blob
    for name, storage in of.storages.items():
        if name in of.doubted:
            return None
        found = storage.handover(blob) if isinstance(storage, HandsOver) else None
        if found is None or found.header.lower() != announced.lower():
            address = storage.address(blob)
            return address if address and not (public_url.startswith("https:") and address.startswith("http:")) else None
        if _is_there(name, storage, blob):
            return found
    return None


def _is_there(name: str, storage: Storage, blob: Blob) -> bool:
    try:
        size = storage.stat(blob.name)
    except (AsloError, OSError) as error:
        reason = str(error)
    else:
        if size == blob.size:
            return True
        reason = "the object is not there" if size is None else f"the object has {size} bytes instead of {blob.size}"
    log.warning("storage.read_failed", storage=name, blob=blob.name, position=0, reason=reason)
    return False
