"""Objects in a bucket: each is created whole, under its own name and only where nothing is, or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING

import structlog
from obstore.exceptions import AlreadyExistsError, BaseError

from aslo_core.api import Blob, Permanent, Transient, checked_blob_name, checked_chunks, failpoint, is_blob_name
from aslo_storage_s3.failures import FAILURES, status_of, told
from aslo_storage_s3.reading import PIECE, FetchedFile
from aslo_storage_s3.signing import signed
from aslo_storage_s3.uploading import PART, Tag, attributes, cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from obstore import PutResult
    from obstore.store import S3Store

    from aslo_core.api import Place
    from aslo_storage_s3.bucket import Bucket
    from aslo_storage_s3.listing import Listing
    from aslo_storage_s3.purging import Purge

_ABANDONED_AFTER = dt.timedelta(days=1)
_SWEPT_AT_MOST = 10_000
"""Age after which an upload in parts has certainly lost its process."""

log = structlog.get_logger(__name__)


class S3Storage:
    """Keeps each object under the key `<prefix>/<two digits>/<digest><suffix>`.

    Args:
        name: the instance's name, for messages.
        bucket: where to keep them.
        store: obstore's connection to the bucket.
        listing: what lists it.
        public_url: address that a CDN serves the prefix at, or empty.
        signed_seconds: how long signed addresses are good, or None for none.
        purge: makes the CDN forget an object, or None.
    """

    def __init__(
        self,
        name: str,
        bucket: Bucket,
        store: S3Store,
        listing: Listing,
        *,
        public_url: str = "",
        signed_seconds: int | None = None,
        purge: Purge | None = None,
    ) -> None:
        self._table = f"[storage.{name}]"
        self._name = name
        self._bucket = bucket
        self._store = store
        self._listing = listing
        self._public_url = public_url.rstrip("/")
        self._signed_seconds = signed_seconds
        self._purge = purge
        self._bucket_seen = False
        self._creates = True
        self._swept = False

    def put(self, blob: Blob, path: Path) -> None:
        """Upload the file at `path` and see that it arrived; success when the same bytes are there already."""
        with self._told(f"keep {blob.name}"):
            if self.stat(blob.name) is None:
                with suppress(AlreadyExistsError):  # somebody else was faster
                    self._upload(blob, path)
                    return
            self._confirm(blob)

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        """Open the object for reading from byte `start` on; a piece of it is fetched at a time."""
        if start >= blob.size:
            if (size := self.stat(blob.name)) is None:
                raise KeyError(blob.name)
            self._check_size(blob, size)
            return io.BytesIO()
        file = FetchedFile(lambda begin, end: self._fetch(blob, begin, end), start, blob.size)
        file.prefetch()
        return io.BufferedReader(file)

    def stat(self, name: str) -> int | None:
        """Size of the object in bytes, or None."""
        key = self._bucket.key(checked_blob_name(name))
        with self._told(f"look for {name}"):
            try:
                return self._store.head(key)["size"]
            except FileNotFoundError:
                self._see_bucket()
                return None

    def delete(self, name: str) -> None:
        """Remove the object, and make the CDN forget it; success when it is not there."""
        key = self._bucket.key(checked_blob_name(name))
        with self._told(f"delete {name}"):
            try:
                failpoint("storage_s3.delete.before")
                self._store.delete(key)
                failpoint("storage_s3.delete.after")
            except FileNotFoundError:
                self._see_bucket()
        if self._purge is not None:
            self._purge.request(f"{self._public_url}/{name}", name, self._table)

    def names(self) -> Iterator[str]:
        """Names of all objects; whatever else lies in the bucket is not among them."""
        with self._told("list the objects"):
            for key in self._listing.every_key():
                if key.startswith(self._bucket.prefix) and is_blob_name(name := key.removeprefix(self._bucket.prefix)):
                    yield name

    def address(self, blob: Blob) -> str | None:
        """Address below `public_url`, or a signed one that expires, or None when ASLO serves the object itself."""
        if self._public_url:
            return f"{self._public_url}/{blob.name}"
        if self._signed_seconds is None:
            return None
        key = self._bucket.key(blob.name)
        return signed("GET", self._bucket, key, at=dt.datetime.now(dt.UTC), seconds=self._signed_seconds)

    def place(self) -> Place:
        """The bucket and the prefix; see `Bucket.place`."""
        return self._bucket.place()

    def _upload(self, blob: Blob, path: Path) -> None:
        """Upload the file; read it back where the service's answer does not tell that it has the same bytes."""
        tag, chunks = Tag(), checked_chunks(blob, path)
        if blob.size <= PART:
            data = b"".join(chunks)
            with ThreadPoolExecutor(1) as aside:  # it is made while the bytes are on their way
                made = aside.submit(tag.of_whole, data)
                failpoint("storage_s3.upload.before")
                result = self._create(blob, data)
                failpoint("storage_s3.upload.after")
            expected = made.result()
        else:
            self._sweep()
            # It becomes visible when all parts have arrived and the file was found to be the right one.
            failpoint("storage_s3.upload-parts.before")
            result = self._store.put(
                self._bucket.key(blob.name),
                tag.pass_on(cut(chunks, PART)),
                attributes=self._attributes(blob),
                chunk_size=PART,
                max_concurrency=2,
            )
            failpoint("storage_s3.upload-parts.after")
            expected = tag.of_parts()
        if (result["e_tag"] or "").strip('"') == expected:
            return
        size, digest = self._size_and_digest(blob.name)
        if (size, digest) == (blob.size, blob.digest):
            return
        self.delete(blob.name)
        raise Transient(f"{self._doing(f'keep {blob.name}')}: what was read back is {size} bytes of {digest}; it was deleted")

    def _create(self, blob: Blob, data: bytes) -> PutResult:
        """Put a whole object where there is none; on a service that cannot tell (501), where none was a moment ago."""
        key, headers = self._bucket.key(blob.name), self._attributes(blob)
        if self._creates:
            try:
                return self._store.put(key, data, attributes=headers, mode="create", use_multipart=False)
            except BaseError as error:
                if status_of(error) != HTTPStatus.NOT_IMPLEMENTED:
                    raise
            self._creates = False
            log.info("storage_s3.no_conditional_create", storage=self._name, endpoint=self._bucket.endpoint)
        return self._store.put(key, data, attributes=headers, use_multipart=False)

    def _attributes(self, blob: Blob) -> dict[str, str]:
        return attributes(blob.name, shared=bool(self._public_url))

    def _confirm(self, blob: Blob) -> None:
        """Make sure that the object of that name has the blob's bytes."""
        size, digest = self._size_and_digest(blob.name)
        if (size, digest) != (blob.size, blob.digest):
            raise Permanent(
                "storage.other-bytes",
                f'Storage "{self._name}" has {size} bytes with the SHA-256 {digest} under {self._bucket.key(blob.name)} in the '
                f"bucket {self._bucket.name}, where {blob.size} bytes belong.",
                "Nothing was overwritten. Somebody's hand or a fault of the service damaged that object: its operator has to "
                "look at it and move it away; then store the object again.",
            )

    def _size_and_digest(self, name: str) -> tuple[int, str]:
        """Read an object back, whatever it is."""
        size = self.stat(name)
        if size is None:
            raise Transient(f"{self._doing(f'keep {name}')}: it was there, and is not any more")
        digest = hashlib.sha256()
        for begin in range(0, size, PIECE):
            found = self._store.get_range(self._bucket.key(name), start=begin, end=min(begin + PIECE, size))
            digest.update(found)
        return size, digest.hexdigest()

    def _fetch(self, blob: Blob, begin: int, end: int) -> memoryview:
        """Bytes of an object from one position up to another.

        Raises:
            KeyError: it is not there.
        """
        with self._told(f"read {blob.name}"):
            try:
                found = self._store.get(self._bucket.key(blob.name), options={"range": (begin, end)})
            except FileNotFoundError:
                self._see_bucket()
                raise KeyError(blob.name) from None
            self._check_size(blob, found.meta["size"])
            data = memoryview(found.bytes())
        if len(data) != end - begin:
            raise Transient(f"{self._doing(f'read {blob.name}')}: {len(data)} bytes came in place of {end - begin}")
        return data

    def _check_size(self, blob: Blob, size: int) -> None:
        if size != blob.size:
            doing = self._doing(f"read {blob.name}")
            raise Transient(f"{doing}: the object is damaged: it has {size} bytes instead of {blob.size}")

    def _see_bucket(self) -> None:
        """Before anything is said to be absent: make sure, once, that it is not the whole bucket that is."""
        if not self._bucket_seen:
            self._listing.ask()
            self._bucket_seen = True

    def _sweep(self) -> None:
        """Abort, once in this object's life, the uploads in parts of processes that were killed."""
        if self._swept:
            return
        self._swept = True
        oldest = dt.datetime.now(dt.UTC) - _ABANDONED_AFTER
        try:
            for upload in list(islice(self._listing.uploads(), _SWEPT_AT_MOST)):
                name = upload.key.removeprefix(self._bucket.prefix)
                if upload.key == self._bucket.key(name) and is_blob_name(name) and upload.begun < oldest:
                    self._listing.abort(upload)
                    log.info("storage_s3.swept", storage=self._name, name=name)
        except FAILURES as error:
            log.warning("storage_s3.sweep_failed", storage=self._name, error=str(error).partition("\n")[0])

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        with told(self._doing(doing), self._table, self._listing.ask):
            yield

    def _doing(self, what: str) -> str:
        return f'storage "{self._name}" cannot {what} in the bucket {self._bucket.name} on {self._bucket.service}'
