"""Bytes of stored objects, from whichever storage gives them, held against the object's name on their way."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

import structlog
from flask import Response
from sqlalchemy import Connection

from aslo_core.errors import AsloError, Transient
from aslo_core.projections import copies
from aslo_core.receipts import Doubts
from aslo_core.types import Blob, Storage
from aslo_core.web.services import WebServices

log = structlog.get_logger(__name__)

_PIECE = 64 * 1024


@dataclass(frozen=True)
class Held:
    """An object, and where it is.

    Attributes:
        blob: the object.
        storages: those that have it by a receipt, in the order in which they are tried.
        received_us: when the receipt of each was recorded.
        doubted: those whose receipt a download has shown to be wrong; the last ones in the order.
        doubts: takes further ones.
    """

    blob: Blob
    storages: Mapping[str, Storage]
    received_us: Mapping[str, int]
    doubted: frozenset[str]
    doubts: Doubts


def held(connection: Connection, services: WebServices, blob: Blob) -> Held:
    """Tell which storages have an object: the primary one first, what fails or is doubted last.

    Args:
        connection: a snapshot of the views.
        services: the enabled storages, and what is doubted of them.
        blob: the object.
    """
    backends = services.storages()
    names = copies.holders(connection, blob.name, copies.storages_in_force(connection, backends.tables))
    received_us = copies.received_us(connection, blob.name)
    doubted = services.doubts.among(blob, received_us)
    storages = {name: backends[name].storage for name in sorted(names, key=doubted.__contains__)}
    return Held(blob, storages, received_us, doubted, services.doubts)


def read_stored(of: Held, start: int, stop: int) -> Generator[bytes]:
    """Yield the bytes from `start` up to `stop`, a piece at a time.

    The first storage is read; when it does not have the object or breaks off, the next one goes on at the same byte, which is
    sound because objects are named by their content. From the first byte to the last they are hashed, and where that comes to
    something else, the last piece is withheld: an answer that is too short is no success.

    Args:
        of: the object.
        start: first byte.
        stop: the byte after the last one.

    Raises:
        Transient: no storage could give the rest, or the object was altered.
    """
    pieces = _read(of, start, stop)
    with closing(pieces):
        if (start, stop) == (0, of.blob.size):
            yield from _checked(pieces, of)
        else:
            yield from (piece for _, piece in pieces)


def _checked(pieces: Generator[tuple[str, bytes]], of: Held) -> Generator[bytes]:
    position, digest, givers = 0, hashlib.sha256(), dict[str, None]()
    for name, piece in pieces:
        givers[name] = None
        position += len(piece)
        digest.update(piece)
        if position == of.blob.size and digest.hexdigest() != of.blob.digest:
            raise _altered(of, givers, digest.hexdigest())
        yield piece


def _altered(of: Held, givers: Mapping[str, None], found: str) -> Transient:
    """Doubt whoever gave some of it; where there are several, nobody knows which of them it is."""
    for name in givers:
        of.doubts.cast(name, of.blob, of.received_us[name])
        log.error(
            "storage.altered_object", storage=name, name=of.blob.name, sha256=found, cure=f"run `aslo storage verify {name}`"
        )
    return Transient(f"{', '.join(givers)} gave other bytes as {of.blob.name}")


def _read(of: Held, start: int, stop: int) -> Generator[tuple[str, bytes]]:
    position, reasons, blob = start, [], of.blob
    for name, storage in of.storages.items():
        try:
            with closing(storage.open(blob, position)) as file:
                while position < stop and (piece := file.read(min(_PIECE, stop - position))):
                    position += len(piece)
                    yield name, piece
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


def stream(response: Response, of: Held, start: int, stop: int) -> Response:
    """Make the bytes the body of the response. The first piece is read at once, so that a failure can still be answered as one.

    The answer to HEAD is made the same way, and is the same but for the body, which is left out on its way.

    Raises:
        Transient: no storage has the object, or all of it is one piece and was altered.
    """
    pieces = read_stored(of, start, stop)
    first = next(pieces, b"")
    response.response = chain((first,), pieces)
    response.call_on_close(pieces.close)  # closes the file when the client goes away
    response.content_length = stop - start
    return response
