"""Objects as plain files below one folder: written aside, synced, then linked to their name, so that none is ever partial."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from aslo_core.api import Blob, Permanent, Place, checked_blob_name, failpoint, is_blob_name
from aslo_storage_local.descriptors import directory, make_folders, plain_file, subdirectory, temporary_copy
from aslo_storage_local.failures import told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from aslo_core.api import Handover
    from aslo_storage_local.front import Front

_INCOMING = ".incoming"
_ABANDONED_AFTER = 24 * 3600.0
"""Seconds without a write after which a temporary file has certainly lost its process."""

log = structlog.get_logger(__name__)


class FolderStorage:
    """Keeps each object as `<root>/<two digits>/<digest><suffix>`.

    Every path is taken from an open directory, and links below the root are never followed, so nothing outside of it can be
    read, written or removed through a name.

    Args:
        name: the instance's name, for messages.
        root: the folder; may itself be a link.
        front: the web server in front that can send the objects itself, if there is one.
    """

    def __init__(self, name: str, root: Path, front: Front | None = None) -> None:
        self._name = name
        self._root = root
        self._front = front
        self._swept = False
        self._lasting: set[str] = set()
        """Shelves whose entries are on the disk for certain."""

    def put(self, blob: Blob, path: Path) -> None:
        """Keep the file at `path`, synced to the disk; success when the same bytes are there already."""
        shelf_name, file_name = blob.name.split("/")
        with self._told(f"keep {blob.name}"):
            make_folders(self._root)
            with directory(self._root) as root, subdirectory(root, shelf_name, create=True) as shelf:
                if shelf_name not in self._lasting:
                    os.fsync(root)  # whoever made it may have died before
                    self._lasting.add(shelf_name)
                if _is_free(shelf, file_name) and self._link(blob, path, root, shelf):
                    log.debug("storage_local.kept", storage=self._name, name=blob.name, size=blob.size)
                else:
                    self._confirm(blob, shelf)
                failpoint("storage_local.sync-shelf.before")
                os.fsync(shelf)
                failpoint("storage_local.sync-shelf.after")

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        """Open the file for reading, positioned at byte `start`."""
        shelf_name, file_name = blob.name.split("/")
        with self._told(f"read {blob.name}"):
            try:
                with directory(self._root) as root, subdirectory(root, shelf_name) as shelf:
                    file = plain_file(shelf, file_name)
            except FileNotFoundError:
                raise KeyError(blob.name) from None
            size = os.fstat(file.fileno()).st_size
            if size == blob.size:
                file.seek(start)
                return file
            file.close()
            raise OSError(None, f"the file is damaged: it has {size} bytes instead of {blob.size}")

    def stat(self, name: str) -> int | None:
        """Size of the object in bytes, or None."""
        shelf_name, file_name = checked_blob_name(name).split("/")
        with self._told(f"look for {name}"):
            try:
                with directory(self._root) as root, subdirectory(root, shelf_name) as shelf:
                    found = os.stat(file_name, dir_fd=shelf, follow_symlinks=False)
            except FileNotFoundError:
                return None
            if not stat.S_ISREG(found.st_mode):
                raise OSError(None, "what lies there is not a plain file")
            return found.st_size

    def delete(self, name: str) -> None:
        """Remove the object; success when it is not there."""
        shelf_name, file_name = checked_blob_name(name).split("/")
        with (
            self._told(f"delete {name}"),
            suppress(FileNotFoundError),
            directory(self._root) as root,
            subdirectory(root, shelf_name) as shelf,
        ):
            failpoint("storage_local.delete.before")
            os.unlink(file_name, dir_fd=shelf)
            os.fsync(shelf)
            failpoint("storage_local.delete.after")

    def names(self) -> Iterator[str]:
        """Names of all objects; links, temporary files and whatever else lies in the folder are not among them."""
        for shelf_name in self._entries():
            for file_name in self._entries(shelf_name):
                if is_blob_name(name := f"{shelf_name}/{file_name}"):
                    yield name

    def address(self, blob: Blob) -> str | None:  # noqa: ARG002 (the Protocol's parameter)
        """None: ASLO itself serves these, or has the web server in front serve them."""
        return None

    def handover(self, blob: Blob) -> Handover | None:
        """What has the web server in front send the object; see `aslo_core.api.HandsOver`."""
        return self._front.handover(blob.name) if self._front is not None else None

    def place(self) -> Place:
        """The folder, links followed."""
        return Place(service="", path=Path(os.path.realpath(self._root)).parts)

    def _entries(self, shelf_name: str = "") -> list[str]:
        """Names of the plain files of a shelf, or without its name of the shelves."""
        with self._told("list the objects"), suppress(FileNotFoundError), directory(self._root) as root:
            if not shelf_name:
                return [entry.name for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]
            with subdirectory(root, shelf_name) as shelf:
                return [entry.name for entry in os.scandir(shelf) if entry.is_file(follow_symlinks=False)]
        return []

    def _link(self, blob: Blob, path: Path, root: int, shelf: int) -> bool:
        """Copy the file aside, sync it, and give it its name. False when somebody else was faster."""
        with subdirectory(root, _INCOMING, create=True) as incoming:
            self._sweep(incoming)
            with temporary_copy(incoming, blob, path) as temporary:
                failpoint("storage_local.link.before")
                try:
                    os.link(
                        temporary,
                        blob.name.split("/")[1],
                        src_dir_fd=incoming,
                        dst_dir_fd=shelf,
                        follow_symlinks=False,
                    )
                except FileExistsError:
                    return False
                failpoint("storage_local.link.after")
                return True

    def _confirm(self, blob: Blob, shelf: int) -> None:
        """Make sure that the file that has the object's name has its bytes, and that they are on the disk."""
        with plain_file(shelf, blob.name.split("/")[1]) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
            if (size, digest) != (blob.size, blob.digest):
                raise Permanent(
                    "storage.other-bytes",
                    f'Storage "{self._name}" has {size} bytes with the SHA-256 {digest} under {blob.name} in {self._root}, '
                    f"where {blob.size} bytes belong.",
                    "Nothing was overwritten. A fault of the disk or somebody's hand damaged that file: its operator has to "
                    "check the disk and move the file away; then store the object again.",
                )
            os.fsync(file.fileno())

    def _sweep(self, incoming: int) -> None:
        """Remove, once in this object's life, what processes left that were killed while they wrote."""
        if self._swept:
            return
        self._swept = True
        oldest = time.time() - _ABANDONED_AFTER
        for file_name in os.listdir(incoming):
            try:
                if os.stat(file_name, dir_fd=incoming, follow_symlinks=False).st_mtime < oldest:
                    os.unlink(file_name, dir_fd=incoming)
                    log.info("storage_local.swept", storage=self._name, file=file_name)
            except FileNotFoundError:
                continue  # another process sweeps as well
            except OSError as error:
                log.warning("storage_local.sweep_failed", storage=self._name, file=file_name, error=str(error))

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        with told(f'storage "{self._name}" cannot {doing} in {self._root}'):
            yield


def _is_free(shelf: int, file_name: str) -> bool:
    try:
        os.stat(file_name, dir_fd=shelf, follow_symlinks=False)
    except FileNotFoundError:
        return True
    return False
