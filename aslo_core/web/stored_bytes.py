"""Bytes of stored objects, from whichever storage gives them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import chain

import structlog
from flask import Response

from aslo_core.errors import AsloError, Transient
from aslo_core.types import Blob, Storage

log = structlog.get_logger(__name__)

_PIECE = 64 * 1024


def read_stored(storages: Mapping[str, Storage], blob: Blob, start: int, stop: int) -> Generator[bytes]:
    """Yield the bytes from `start` up to `stop`, a piece at a time.

    The first storage is read; when it does not have the object or breaks off, the next one goes on at the same byte, which is
    sound because objects are named by their content.

    Args:
        storages: name → storage, in the order in which they are tried.
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
