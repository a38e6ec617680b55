"""Downloads attached bundles: by their ids, counted while reading.

A forge serves an attached file at `/attachments/<uuid>`; addresses in its answers are never used.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aslo_core.api import Asset, FetchedAsset, Permanent, Stopped, Transient
from aslo_source_forgejo.connection import Connection
from aslo_source_forgejo.payload import AssetPart

SUFFIX = ".xo"
_ELSEWHERE = "external"


@dataclass(frozen=True)
class Downloads:
    """Downloads from one forge.

    Attributes:
        connection: to the forge.
        seconds: for one download.
        max_bytes: of all downloads of a release together.
        stop: ends a download once it is set.
    """

    connection: Connection
    seconds: float
    max_bytes: int
    stop: threading.Event = field(default_factory=threading.Event)

    def fetch(self, assets: Sequence[AssetPart], into: Path) -> tuple[FetchedAsset, ...]:
        """Download those assets that are bundles, to files named by their place in the list.

        Args:
            assets: all attached files; their sizes are only what the forge says.
            into: a directory that does not exist yet.

        Raises:
            Permanent: rule `source.assets-too-large`, `source.asset-elsewhere` or `source.asset-missing`.
            Transient: the forge cannot be reached, or sent less or more than it said.
            Stopped: `stop` was set.
        """
        wanted = [asset for asset in assets if asset.name.lower().endswith(SUFFIX)]
        for asset in wanted:
            _require_here(asset)
        stated = sum(asset.size for asset in wanted)
        if stated > self.max_bytes:
            raise _too_large(stated, self.max_bytes)
        into.mkdir()
        fetched, left = [], self.max_bytes
        for number, asset in enumerate(wanted):
            path = into / f"{number}{SUFFIX}"
            left -= self._download(asset, path, left)
            fetched.append(FetchedAsset(Asset(id=str(asset.id), name=asset.name, size=asset.size), path))
        return tuple(fetched)

    def _download(self, asset: AssetPart, path: Path, left: int) -> int:
        attempt = f"download the attached file {asset.name!r}"
        missing = Permanent(
            "source.asset-missing",
            f"The attached file {asset.name!r} is no longer there.",
            "Attach it again, or publish the release without it.",
        )
        size = 0
        with (
            self.connection.get(f"/attachments/{asset.uuid}", attempt, missing, seconds=self.seconds) as body,
            path.open("wb") as file,
        ):
            for piece in body.pieces():
                size += file.write(piece)
                if self.stop.is_set():
                    raise Stopped(f"{attempt}: told to stop")
                if size > left:
                    raise _too_large(self.max_bytes - left + size, self.max_bytes)
        if size != asset.size:
            raise Transient(f"{attempt}: the forge says {asset.size:,} bytes and sent {size:,}")
        return size


def _require_here(asset: AssetPart) -> None:
    if asset.type == _ELSEWHERE:
        raise Permanent(
            "source.asset-elsewhere",
            f"The attached {asset.name!r} is only a link to another place, and what is there may change at any time.",
            "Attach the file itself, or publish the release without the link.",
        )


def _too_large(found: int, limit: int) -> Permanent:
    return Permanent(
        "source.assets-too-large",
        f"The attached bundles have {found:,} bytes or more together; the limit is {limit:,} (assets_mib).",
        "Attach smaller bundles, or ask the operator for a higher limit.",
    )
