"""Asks an address as any visitor would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

_SILENCE_SECONDS = 10.0
_MOST_REDIRECTS = 3

UNREACHABLE = (httpx2.HTTPError, httpx2.InvalidURL)
"""What is raised where nobody answers."""


@contextmanager
def fetching(address: str, *, media_type: str = "*/*") -> Iterator[httpx2.Response]:
    """Ask an address, follow where it leads, and give the answer, whose body is still to be read.

    Raises:
        httpx2.HTTPError, httpx2.InvalidURL: nobody answers there.
    """
    headers = {"User-Agent": "aslo", "Accept-Encoding": "identity", "Accept": media_type}
    with (
        httpx2.Client(
            trust_env=False, timeout=_SILENCE_SECONDS, follow_redirects=True, max_redirects=_MOST_REDIRECTS
        ) as client,
        client.stream("GET", address, headers=headers) as response,
    ):
        yield response


def fetched(address: str, most: int, *, media_type: str = "*/*") -> tuple[int, bytes]:
    """Status of an answer, and its body; of one that is longer than `most` bytes little more than these.

    Raises:
        httpx2.HTTPError, httpx2.InvalidURL: nobody answers there.
    """
    found = bytearray()
    with fetching(address, media_type=media_type) as response:
        for piece in response.iter_raw():
            found += piece
            if len(found) > most:
                break
        return response.status_code, bytes(found)
