"""Reads an object through its public address, as any visitor would."""

from __future__ import annotations

import time
from collections.abc import Generator

from aslo_core.errors import Permanent, Transient
from aslo_core.types import Blob, Storage

_SILENCE_S = 30.0
_AT_LEAST_BYTES_PER_S = 20_000
"""What is slower than this, after a minute's grace, is taken for a peer that will never end."""
_GRACE_S = 60.0
_ORDINARY = 200
_REDIRECTS = range(300, 400)


def is_signed(address: str) -> bool:
    """Whether an address is good for a while only, and for whoever has it: then it has a query, as `Storage.address` says."""
    return "?" in address


def lasting_address(storage: Storage, blob: Blob) -> str:
    """Public address of an object, to be recorded for good; empty where there is none, or only a signed one."""
    address = storage.address(blob)
    return address if address and not is_signed(address) else ""


def read_public(address: str, size: int) -> Generator[bytes]:
    """Yield the bytes that an address gives, a piece at a time; at most a little more than there should be.

    A redirect is not followed: what counts is what that very address gives, and an answer must not send this machine anywhere.
    Caches are asked to look again (RFC 9111, 5.2.1.4), and nothing is to be encoded on the way.

    Args:
        address: the address.
        size: bytes that are expected.

    Raises:
        Transient: nobody answers, not in time, or with an error.
        Permanent: it leads elsewhere, or is no address (rule `storage.address-refused`).
    """
    import httpx2  # noqa: PLC0415 - most storages are read in another way

    told = address.partition("?")[0]  # what is told may be recorded for good, and whoever knows a signature can use it
    deadline = time.monotonic() + _GRACE_S + size / _AT_LEAST_BYTES_PER_S
    headers = {"Accept-Encoding": "identity", "Cache-Control": "no-cache"}
    seen = 0
    try:
        with httpx2.stream("GET", address, headers=headers, timeout=_SILENCE_S, follow_redirects=False) as answer:
            if answer.status_code in _REDIRECTS:
                raise _no_address(told, f"leads elsewhere (status {answer.status_code})")
            if answer.status_code != _ORDINARY:
                raise Transient(f"{told} answers with status {answer.status_code}")
            for piece in answer.iter_raw():
                yield piece
                seen += len(piece)
                if seen > size:
                    return
                if time.monotonic() > deadline:
                    raise Transient(f"{told} gave {seen} of {size} bytes in {_GRACE_S:.0f} seconds and more")
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as reason:
        raise _no_address(told, f"is no address ({reason})") from reason
    except httpx2.HTTPError as reason:
        raise Transient(f"{told} cannot be read: {reason or type(reason).__name__}") from reason


def _no_address(address: str, found: str) -> Permanent:
    return Permanent(
        "storage.address-refused",
        f"The public address {address} {found}.",
        "Configure the address at which the objects themselves are served.",
    )
