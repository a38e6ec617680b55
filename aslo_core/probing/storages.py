"""Tries a storage by what it is there for: keeps an object, reads it back, finds it, and removes it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import httpx2

from aslo_core.errors import AsloError
from aslo_core.probing.attempts import attempt, refused
from aslo_core.probing.fetching import UNREACHABLE, fetched
from aslo_core.types import Blob, HandsOver, Probed, Storage

_SUFFIX = ".probe"
_BYTES = 70_001
_MIDDLE = 33_333
_MOST_NAMES = 10_000
_LIST_SECONDS = 10.0
_OF_NGINX = "x-accel-redirect"


@dataclass(frozen=True)
class ProbeObject:
    """An object that no other one can be: its bytes are drawn by lot.

    Attributes:
        blob: its name and size.
        path: the file with its bytes.
        content: its bytes.
        offered: set once a storage may have something of it.
    """

    blob: Blob
    path: Path
    content: bytes
    offered: Event = field(default_factory=Event)

    @classmethod
    def make(cls, folder: Path) -> ProbeObject:
        """Write one into a folder."""
        content = secrets.token_bytes(_BYTES)
        path = folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        path.write_bytes(content)
        return cls(Blob.of(path, _SUFFIX), path, content)

    def leaves(self) -> str:
        """What to say where it is not known to be removed; an empty text where no storage was given anything."""
        return f"the probe's object {self.blob.name} may be left there: remove it" if self.offered.is_set() else ""


def probe_storage(storage: Storage, given: ProbeObject, public_url: str) -> Iterator[Probed]:
    """Put an object into a storage, look at it in every way, and remove it again, whatever came of the rest.

    Args:
        storage: the storage.
        given: the object.
        public_url: address of ASLO, without a slash at the end: where a web server in front would be.
    """
    written = attempt("write", lambda: _write(storage, given))
    yield written
    if not given.offered.is_set():
        return
    if written.verdict == "good":
        yield attempt("read back", lambda: _read(storage, given))
        yield _listed(storage, given)
        yield _public(storage, given)
        if isinstance(storage, HandsOver):
            yield from _handed_over(storage, given, public_url)
    removed = attempt("remove", lambda: _remove(storage, given))
    if removed.verdict == "bad" and _may_be_there(storage, given):
        yield Probed.bad(removed.what, removed.found, f"{removed.cure}; {given.leaves()}")
    elif written.verdict == "good":
        yield removed


def _write(storage: Storage, given: ProbeObject) -> str:
    storage.stat(given.blob.name)  # whatever keeps it from answering keeps it from having anything of the object, too
    given.offered.set()
    storage.put(given.blob, given.path)
    size = storage.stat(given.blob.name)
    if size != given.blob.size:
        raise AsloError(f"{given.blob.size} bytes were written, and it says that it has {size if size is not None else 'none'}")
    return f"{given.blob.size:,} bytes"


def _read(storage: Storage, given: ProbeObject) -> str:
    for start in (0, _MIDDLE):
        with storage.open(given.blob, start) as opened:
            if opened.read() != given.content[start:]:
                raise AsloError(f"what is read from byte {start} on is not what was written")
    return "the same bytes, from the start and from the middle"


def _listed(storage: Storage, given: ProbeObject) -> Probed:
    what, deadline, seen = "list", time.monotonic() + _LIST_SECONDS, 0
    try:
        for seen, name in enumerate(storage.names(), start=1):
            if name == given.blob.name:
                return Probed.good(what, "the object is among its names")
            if seen >= _MOST_NAMES or time.monotonic() > deadline:
                return Probed.unknown(
                    what, f"it lists its names; the object is not among the first {seen:,}, which may be chance"
                )
    except Exception as reason:  # noqa: BLE001 - told as every other failure is
        return refused(what, reason)
    cure = "the storage does not tell all that it has: look at the rights of its account, and tell the plugin's author"
    return Probed.bad(what, f"the object is not among its {seen:,} names", cure)


def _public(storage: Storage, given: ProbeObject) -> Probed:
    what = "public address"
    try:
        address = storage.address(given.blob)
    except Exception as reason:  # noqa: BLE001 - told as every other failure is
        return refused(what, reason)
    if address is None:
        return Probed.good(what, "none; ASLO serves it itself")
    host = urlsplit(address).hostname or "?"  # an address may be signed: of the rest nothing is told
    try:
        status, content = fetched(address, _BYTES)
    except UNREACHABLE as reason:
        found = f"{host} cannot be reached from here ({type(reason).__name__})"
        return Probed.unknown(what, found, "look whether a browser elsewhere can download from it")
    if status != httpx2.codes.OK:
        cure = "let everybody read the objects, or mend the option that gives their public address: nobody could download"
        return Probed.bad(what, f"{host} answers {status}", cure)
    if content != given.content:
        cure = "mend the option that gives the public address: it leads to another place than ASLO writes to"
        return Probed.bad(what, f"{host} answers with other bytes than were written", cure)
    return Probed.good(what, f"{host} gives the same bytes")


def _handed_over(storage: HandsOver, given: ProbeObject, public_url: str) -> Iterator[Probed]:
    what = "hand over"
    try:
        found = storage.handover(given.blob)
    except Exception as reason:  # noqa: BLE001 - told as every other failure is
        yield refused(what, reason)
        return
    if found is None:
        return
    told = f"by {found.header}, to a web server that says it takes it"
    if found.header.lower() == _OF_NGINX and _is_given_to_all(public_url + found.value, given):
        path = found.value.removesuffix(given.blob.name)
        cure = "write internal; into that location: what is withdrawn or not published yet is there for everybody now"
        yield Probed.bad(what, f"{told}, and {path} gives the objects to everybody", cure)
    else:
        yield Probed.good(what, told)


def _is_given_to_all(address: str, given: ProbeObject) -> bool:
    try:
        return fetched(address, _BYTES) == (httpx2.codes.OK, given.content)
    except UNREACHABLE:
        return False


def _remove(storage: Storage, given: ProbeObject) -> str:
    name = given.blob.name
    storage.delete(name)
    if storage.stat(name) is not None:
        raise AsloError("it says that the object is removed, and still has it")
    return "nothing is left"


def _may_be_there(storage: Storage, given: ProbeObject) -> bool:
    try:
        return storage.stat(given.blob.name) is not None
    except Exception:  # noqa: BLE001 - why it could not be removed is told
        return True
