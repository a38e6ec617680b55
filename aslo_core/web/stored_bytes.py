"""Bytes of stored objects, from whichever storage gives them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import chain

import structlog
from flask import Response
from sqlalchemy import Connection

from aslo_core.errors import AsloError, Transient
from aslo_core.projections import copies
from aslo_core.receipts import Backends
from aslo_core.types import Blob, Storage

log = structlog.get_logger(__name__)

_PIECE = 64 * 1024


def holders(connection: Connection, backends: Backends, blob: Blob) -> dict[str, Storage]:
    """Give the storages that have an object by a receipt, in the order in which they are to be tried: the primary one first.

    Args:
        connection: a snapshot of the views.
        backends: the enabled storages.
        blob: the object.
    """
    storages = copies.storages_in_force(connection, backends.tables)
    return {name: backends[name].storage for name in copies.holders(connection, blob.name, storages)}


def read_stored(storages: Mapping[str, Storage], blob: Blob, start: int, stop: int) -> Generator[bytes]:
    """Yield the bytes from `start` up to `stop`, a piece at a time.

    The first storage is read; when it does not have the object or breaks off, the next one goes on at the same byte, which is
    sound because objects are named by their content.

    Args:
        storages: those that have it, in the order in which they are tried.
        blob: the object.
        start: first byte.
        stop: the byte after the last one.

    Raises:
        Transient: no storage could give the rest.
    """
    position, reasons = start, []
    for name, storage in storages.items():
        try:
            with closing(storage.open(blob, position)) as file:
                while position < stop and (piece := file.read(min(_PIECE, stop - position))):
                    position += len(piece)
                    yield piece
        except KeyError:
            reason = "the object is not there"
        except (AsloError, OSError) as error:
            reason = str(error)
        else:
            if position >= stop:
                return
            reason = f"the object ends at byte {position} of {blob.size}"
        log.warning("storage.read_failed", storage=name, blob=blob.name, position=position, reason=reason)
        reasons.append(f"{name}: {reason}")
    told = "; ".join(reasons) or "there is none"
    raise Transient(f"no storage gives {blob.name} from byte {position} on ({told})")


def stream(response: Response, storages: Mapping[str, Storage], blob: Blob, start: int, stop: int) -> Response:
    """Make the bytes the body of the response. The first piece is read at once, so that a failure can still be answered as one.

    The answer to HEAD is made the same way, and is the same but for the body, which is left out on its way.

    Raises:
        Transient: no storage has the object.
    """
    pieces = read_stored(storages, blob, start, stop)
    first = next(pieces, b"")
    response.response = chain((first,), pieces)
    response.call_on_close(pieces.close)  # closes the file when the client goes away
    response.content_length = stop - start
    return response
