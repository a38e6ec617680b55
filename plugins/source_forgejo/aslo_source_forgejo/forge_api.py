"""Asks a forge's REST API. It is described by the forge itself at `/api/swagger`."""

from __future__ import annotations

from typing import TypeVar

from aslo_core.api import Permanent, Transient, payloads
from aslo_source_forgejo.connection import Connection

_MOST_BYTES = 16 << 20

PartT = TypeVar("PartT")


class Api:
    """The REST API of one forge.

    Args:
        connection: to the forge; the caller closes it.
        seconds: that each answer may take as a whole.
    """

    def __init__(self, connection: Connection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def get(self, path: str, attempt: str, missing: Permanent, kind: type[PartT]) -> PartT:
        """What is at a path of the API.

        Args:
            path: path and query below the API's address.
            attempt: what is being done, on what.
            missing: raised where it is not there.
            kind: class of what is wanted.

        Raises:
            Permanent: `missing`.
            Denied: the token may not see it, or there is none.
            Transient: the forge gives no usable answer.
        """
        with self._connection.get(f"/api/v1{path}", attempt, missing, seconds=self._seconds) as body:
            found = body.whole(_MOST_BYTES)
        try:
            return payloads.read(found, kind)
        except payloads.Malformed as error:
            raise Transient(f"{attempt}: the forge gave no usable answer: {str(error)[:300]}") from error
