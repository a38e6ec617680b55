"""Tries what everything is there for: downloads a published bundle at the public address, by whatever stands in front."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx2
import msgspec

from aslo_core.probing.fetching import UNREACHABLE, fetched, fetching
from aslo_core.types import Probed

T = TypeVar("T")

_WHAT = "download"
_MOST_JSON = 4 << 20


class _Listed(msgspec.Struct, frozen=True):
    page_url: str


class _Catalogue(msgspec.Struct, frozen=True):
    activities: tuple[_Listed, ...]


class _File(msgspec.Struct, frozen=True):
    url: str
    file_name: str
    size: int
    digest: str


class _Version(msgspec.Struct, frozen=True):
    download: _File


def probe_download(public_url: str) -> Iterator[Probed]:
    """Find the newest bundle in the catalogue, as any visitor would, download it, and hold it against what the catalogue says.

    Args:
        public_url: address of ASLO, without a slash at the end.
    """
    host = urlsplit(public_url).netloc
    try:
        catalogue = _told(f"{public_url}/", _Catalogue)
        newest = next(iter(catalogue.activities), None) if catalogue else None
        if newest is None:
            found = "nothing is published yet" if catalogue else f"{host} does not answer with ASLO's catalogue"
            yield Probed.unknown(_WHAT, found, "" if catalogue else "ask again while aslo serve runs")
            return
        version = _told(urljoin(public_url, newest.page_url), _Version)
        if version is None:
            yield Probed.unknown(_WHAT, f"{host} does not answer with a version of the catalogue", "ask again")
            return
        yield _downloaded(urljoin(public_url, version.download.url), version.download)
    except UNREACHABLE as reason:
        found = f"{host}, or where it leads, cannot be reached from here ({type(reason).__name__})"
        yield Probed.unknown(_WHAT, found, "ask again while aslo serve runs, or look whether a browser elsewhere can download")


def _told(address: str, kind: type[T]) -> T | None:
    status, content = fetched(address, _MOST_JSON, media_type="application/json")
    try:
        return msgspec.json.decode(content, type=kind) if status == httpx2.codes.OK else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _downloaded(address: str, file: _File) -> Probed:
    size, digest = 0, hashlib.sha256()
    with fetching(address) as response:
        by = response.url.host
        if response.status_code != httpx2.codes.OK:
            cure = "let whoever answers there read the objects: a web server in front the storage's folder, everybody a CDN's"
            return Probed.bad(_WHAT, f"{by} answers {response.status_code} for {file.file_name}", cure)
        for piece in response.iter_raw():
            size += len(piece)
            digest.update(piece)
            if size > file.size:
                break
    if (size, digest.hexdigest()) != (file.size, file.digest):
        cure = "mend what stands in front of ASLO, or the address that it leads to: it gives something else"
        return Probed.bad(_WHAT, f"{by} gives {size:,} other bytes for {file.file_name}, which has {file.size:,}", cure)
    return Probed.good(_WHAT, f"{by} gives {file.file_name} as published, {size:,} bytes")
