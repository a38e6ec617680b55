"""Read the tar archive that a build or an inspection begins with. It is made by ASLO itself, and not trusted all the same."""

from __future__ import annotations

import tarfile
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.paths import check_path, language_of
from aslo_core.errors import AsloError
from aslo_core.source_limits import SourceCount

if TYPE_CHECKING:
    from aslo_core.source_limits import SourceLimits


class BrokenSourceTar(AsloError):
    """The archive is not what `write_source_tar` writes: no fault of the activity's author."""


class SourceTar:
    """The plain files in a source tar.

    Args:
        file: the archive, seekable, at its beginning.
        limits: what is allowed, counted over all entries before any of them is read.

    Raises:
        BrokenSourceTar: it is cut, or has an entry that is neither a plain file nor a directory, or one name twice.
        Permanent: a limit is exceeded, or a name is unsafe.
    """

    def __init__(self, file: IO[bytes], limits: SourceLimits) -> None:
        count = SourceCount(limits)
        self._members: dict[str, tarfile.TarInfo] = {}
        try:
            self._tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - as long as its file, which is the caller's
            for member in self._tar:
                check_path(member.name)
                count.add(member.name, member.size, translates=bool(language_of(member.name)))
                if member.isdir():
                    continue
                if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
                    raise BrokenSourceTar(f"the entry {member.name!r} is no plain file but of type {member.type!r}")
                if member.name in self._members:
                    raise BrokenSourceTar(f"the entry {member.name!r} stands twice")
                self._members[member.name] = member
        except tarfile.TarError as fault:
            raise BrokenSourceTar(f"this is not a whole tar archive: {fault}") from fault

    @property
    def paths(self) -> list[str]:
        """Paths of all files, sorted bytewise."""
        return sorted(self._members, key=str.encode)

    def is_executable(self, path: str) -> bool:
        """Whether its owner may execute it: the one mode that git keeps."""
        return bool(self._members[path].mode & 0o100)

    def open(self, path: str) -> IO[bytes]:
        """Open a file, to be read at any place of it."""
        file = self._tar.extractfile(self._members[path])
        if file is None:
            raise BrokenSourceTar(f"the entry {path!r} has no content")
        return file

    def read(self, path: str, limit: int = -1) -> bytes:
        """Read a file, or its first `limit` bytes.

        Raises:
            BrokenSourceTar: the archive is cut.
        """
        try:
            return self.open(path).read(limit)
        except tarfile.TarError as fault:
            raise BrokenSourceTar(f"the entry {path!r} is cut: {fault}") from fault
