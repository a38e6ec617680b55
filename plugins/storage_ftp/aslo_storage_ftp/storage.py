"""Objects on an FTP server: uploaded under another name, read back, then renamed, so that none is ever partial."""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import ExitStack, closing, contextmanager
from ftplib import FTP, error_perm
from typing import TYPE_CHECKING

import structlog

from aslo_core.api import Blob, Permanent, Transient, check_file, checked_blob_name, chunks, failpoint, is_blob_name
from aslo_storage_ftp.connection import Server, connect, connected, end_data
from aslo_storage_ftp.failures import told
from aslo_storage_ftp.leftovers import new_temporary, sweep
from aslo_storage_ftp.listing import enter, entries, is_shown, make_and_enter, size_of
from aslo_storage_ftp.reading import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from aslo_core.api import Place

_CHUNK = 1 << 18
_SHELF = re.compile(r"[0-9a-f]{2}")

log = structlog.get_logger(__name__)


class FtpStorage:
    """Keeps each object as `<path>/<two digits>/<digest><suffix>`; a connection for each operation, so threads share none.

    Args:
        name: the instance's name, for messages.
        server: where to keep them.
        public_url: address at which a web server serves the same folder, or empty.
    """

    def __init__(self, name: str, server: Server, public_url: str = "") -> None:
        self._name = name
        self._server = server
        self._public_url = public_url.rstrip("/")

    def put(self, blob: Blob, path: Path) -> None:
        """Upload the file at `path` and read it back; success when the same bytes are there already."""
        folder, name = blob.name.split("/")
        temporary = new_temporary()
        with ExitStack() as undo, self._session(f"keep {blob.name}") as ftp:
            make_and_enter(ftp, self._server.path, folder)
            if is_shown(ftp, name):
                self._confirm(ftp, blob, name)
                return
            undo.callback(self._discard, folder, temporary)
            _upload(ftp, temporary, blob, path)
            if (found := _size_and_digest(ftp, temporary)) != (blob.size, blob.digest):
                check_file(blob, path)
                raise Transient(f"{self._doing(f'keep {blob.name}')}: what was read back is {found[0]} bytes of {found[1]}")
            if not is_shown(ftp, temporary) and size_of(ftp, name) is not None:  # it was not told of what is there, either
                self._confirm(ftp, blob, name)
                return
            if self._rename(ftp, temporary, blob, name):
                undo.pop_all()

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        """Open the object for reading from byte `start` on; its connection lives until the file is closed."""
        doing = self._doing(f"read {blob.name}")
        folder, name = blob.name.split("/")
        with told(doing), ExitStack() as undo:
            ftp = connect(self._server)
            undo.callback(ftp.close)
            size = size_of(ftp, name) if enter(ftp, self._server.path, folder) else None
            if size is None:
                raise KeyError(blob.name)
            if size != blob.size:
                raise Transient(f"{doing}: the file is damaged: it has {size} bytes instead of {blob.size}")
            if start >= size:
                return io.BytesIO()
            data = ftp.transfercmd(f"RETR {name}", rest=start or None)
            undo.pop_all()
            return io.BufferedReader(RemoteFile(ftp, data, size - start, doing), _CHUNK)

    def stat(self, name: str) -> int | None:
        """Size of the object in bytes, or None."""
        folder, file_name = checked_blob_name(name).split("/")
        with self._session(f"look for {name}") as ftp:
            return size_of(ftp, file_name) if enter(ftp, self._server.path, folder) else None

    def delete(self, name: str) -> None:
        """Remove the object; success when it is not there."""
        folder, file_name = checked_blob_name(name).split("/")
        with self._session(f"delete {name}") as ftp:
            if enter(ftp, self._server.path, folder):
                _delete(ftp, file_name)

    def names(self) -> Iterator[str]:
        """Names of all objects, asked for at once: a slow reader would lose the connection. Abandoned uploads are removed."""
        with self._session("list the objects") as ftp:
            return iter(list(self._listing(ftp)))

    def address(self, blob: Blob) -> str | None:
        """Address below `public_url`, or None when ASLO serves the object itself."""
        return f"{self._public_url}/{blob.name}" if self._public_url else None

    def place(self) -> Place:
        """The folder on its server; see `Server.place`."""
        return self._server.place()

    def _listing(self, ftp: FTP) -> Iterator[str]:
        if not enter(ftp, self._server.path):
            return
        for folder in list(filter(_SHELF.fullmatch, entries(ftp))):
            if enter(ftp, folder):
                files = entries(ftp)
                yield from (name for file in files if is_blob_name(name := f"{folder}/{file}"))
                for file in sweep(ftp, files):
                    log.info("storage_ftp.swept", storage=self._name, file=f"{folder}/{file}")
                ftp.cwd("..")

    def _rename(self, ftp: FTP, temporary: str, blob: Blob, name: str) -> bool:
        """Give the upload its name. False when somebody else was faster, on a server that does not rename over a file."""
        try:
            failpoint("storage_ftp.rename.before")
            ftp.rename(temporary, name)
            failpoint("storage_ftp.rename.after")
        except error_perm:
            if size_of(ftp, name) is None:
                raise
            self._confirm(ftp, blob, name)
            return False
        return True

    def _confirm(self, ftp: FTP, blob: Blob, name: str) -> None:
        """Make sure that the file that has the object's name has its bytes."""
        size, digest = _size_and_digest(ftp, name)
        if (size, digest) != (blob.size, blob.digest):
            raise Permanent(
                "storage.other-bytes",
                f'Storage "{self._name}" on {self._server.host} has {size} bytes with the SHA-256 {digest} under {blob.name}, '
                f"where {blob.size} bytes belong.",
                "Nothing was overwritten. A fault of the server's disk or somebody's hand damaged that file: its operator has "
                "to check it and move it away; then store the object again.",
            )

    def _discard(self, folder: str, temporary: str) -> None:
        """Remove an upload that came to nothing, on a connection of its own, since the old one may be what broke."""
        try:
            with self._session(f"remove {folder}/{temporary}") as ftp:
                if enter(ftp, self._server.path, folder):
                    _delete(ftp, temporary)
        except Transient as error:
            log.warning("storage_ftp.left_behind", storage=self._name, file=f"{folder}/{temporary}", error=str(error))

    @contextmanager
    def _session(self, doing: str) -> Iterator[FTP]:
        with told(self._doing(doing)), connected(self._server) as ftp:
            yield ftp

    def _doing(self, what: str) -> str:
        return f'storage "{self._name}" cannot {what} on {self._server.host}:{self._server.port}'


def _upload(ftp: FTP, name: str, blob: Blob, path: Path) -> None:
    failpoint("storage_ftp.upload.before")
    with closing(ftp.transfercmd(f"STOR {name}")) as data:
        for chunk in chunks(blob, path):
            data.sendall(chunk)
        failpoint("storage_ftp.upload.sent")
        end_data(data)
    ftp.voidresp()
    failpoint("storage_ftp.upload.after")


def _size_and_digest(ftp: FTP, name: str) -> tuple[int, str]:
    size, digest, buffer = 0, hashlib.sha256(), memoryview(bytearray(_CHUNK))
    with closing(ftp.transfercmd(f"RETR {name}")) as data:
        while count := data.recv_into(buffer):
            size += count
            digest.update(buffer[:count])
        end_data(data)
    ftp.voidresp()
    return size, digest.hexdigest()


def _delete(ftp: FTP, name: str) -> None:
    try:
        failpoint("storage_ftp.delete.before")
        ftp.delete(name)
        failpoint("storage_ftp.delete.after")
    except error_perm:
        if size_of(ftp, name) is not None:
            raise
