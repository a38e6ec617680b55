"""Where a storage keeps what it has, looked at without the product."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aslo_core.testing.s3_server import S3Server


class Place(Protocol):
    """A place of objects."""

    def digests(self) -> Iterator[tuple[str, str]]:
        """Name and SHA-256 of everything that is visible there."""
        ...

    def lay(self, name: str, content: bytes) -> None:
        """Let these bytes have that name, behind ASLO's back."""
        ...

    def take(self, name: str) -> None:
        """Let nothing have that name, behind ASLO's back."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder on this machine.

    Attributes:
        path: where.
    """

    path: Path

    def digests(self) -> Iterator[tuple[str, str]]:
        """See `Place.digests`."""
        for path in self.path.glob("*/*"):
            if path.is_file():
                yield path.relative_to(self.path).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()

    def lay(self, name: str, content: bytes) -> None:
        """See `Place.lay`."""
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)

    def take(self, name: str) -> None:
        """See `Place.take`."""
        (self.path / name).unlink()


@dataclass(frozen=True)
class Bucket:
    """What lies below a prefix in a bucket.

    Attributes:
        server: the service.
        prefix: without slashes.
    """

    server: S3Server
    prefix: str

    def digests(self) -> Iterator[tuple[str, str]]:
        """See `Place.digests`."""
        with closing(self.server.client()) as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.server.bucket, Prefix=f"{self.prefix}/")
            for key in [found["Key"] for page in pages for found in page.get("Contents", ())]:
                content = client.get_object(Bucket=self.server.bucket, Key=key)["Body"].read()
                yield key.removeprefix(f"{self.prefix}/"), hashlib.sha256(content).hexdigest()

    def lay(self, name: str, content: bytes) -> None:
        """See `Place.lay`."""
        with closing(self.server.client()) as client:
            client.put_object(Bucket=self.server.bucket, Key=f"{self.prefix}/{name}", Body=content)

    def take(self, name: str) -> None:
        """See `Place.take`."""
        with closing(self.server.client()) as client:
            client.delete_object(Bucket=self.server.bucket, Key=f"{self.prefix}/{name}")

    def uploads(self) -> list[str]:
        """Keys of the uploads in parts that were begun and neither completed nor aborted."""
        with closing(self.server.client()) as client:
            found = client.list_multipart_uploads(Bucket=self.server.bucket, Prefix=f"{self.prefix}/")
            return [upload["Key"] for upload in found.get("Uploads", ())]
