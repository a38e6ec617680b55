"""Downloads attached bundles, counted while reading."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from aslo_core.code_host.release import Attached
from aslo_core.errors import Permanent, Stopped, Transient
from aslo_core.types import FetchedAsset

_SUFFIX = ".xo"

Opener = Callable[[str, str, Permanent], AbstractContextManager[Iterator[bytes]]]


def download_bundles(
    attached: Sequence[Attached], into: Path, most: int, opened: Opener, stop: threading.Event
) -> tuple[FetchedAsset, ...]:
    """Download those attached files that are bundles, to files named by their place in the list.

    Args:
        attached: all attached files; their sizes are only what the host says.
        into: a directory that does not exist yet.
        most: how many bytes all of them may have together.
        opened: see `Reader.open`.
        stop: ends it once it is set.

    Raises:
        Permanent: rule `source.assets-too-large`, `source.asset-elsewhere` or `source.asset-missing`.
        Transient: the host cannot be reached, or sent less or more than it said.
        Stopped: `stop` was set.
    """
    wanted = [(file, _place(file)) for file in attached if file.asset.name.lower().endswith(_SUFFIX)]
    stated = sum(file.asset.size for file, _ in wanted)
    if stated > most:
        raise _too_large(stated, most)
    into.mkdir()
    fetched, left = [], most
    for number, (file, at) in enumerate(wanted):
        path, asset, size = into / f"{number}{_SUFFIX}", file.asset, 0
        attempt = f"download the attached file {asset.name!r}"
        with opened(at, attempt, _missing(asset.name)) as pieces, path.open("wb") as written:
            for piece in pieces:
                size += written.write(piece)
                if stop.is_set():
                    raise Stopped(f"{attempt}: told to stop")
                if size > left:
                    raise _too_large(most - left + size, most)
        if size != asset.size:
            raise Transient(f"{attempt}: the host says {asset.size:,} bytes and sent {size:,}")
        left -= size
        fetched.append(FetchedAsset(asset, path))
    return tuple(fetched)


def _place(file: Attached) -> str:
    if file.at is None:
        raise Permanent(
            "source.asset-elsewhere",
            f"The attached {file.asset.name!r} is only a link to another place, and what is there may change at any time.",
            "Attach the file itself, or publish the release without the link.",
        )
    return file.at


def _missing(name: str) -> Permanent:
    return Permanent(
        "source.asset-missing",
        f"The attached file {name!r} is no longer there.",
        "Attach it again, or publish the release without it.",
    )


def _too_large(found: int, limit: int) -> Permanent:
    return Permanent(
        "source.assets-too-large",
        f"The attached bundles have {found:,} bytes or more together; the limit is {limit:,} (assets_mib).",
        "Attach smaller bundles, or ask the operator for a higher limit.",
    )
