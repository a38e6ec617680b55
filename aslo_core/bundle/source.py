"""Write the tar archive that is handed to a builder, from a checked-out tree that may be hostile."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from aslo_core.bundle.digest import tree_digest
from aslo_core.bundle.paths import check_path, language_of
from aslo_core.bundle.po import MAX_BYTES
from aslo_core.bundle.po_tokens import PoError
from aslo_core.bundle.translations import compile_translation
from aslo_core.bundle.tree import Tree
from aslo_core.bundle.warning import BundleWarning, bounded
from aslo_core.errors import Stopped, Transient, concerning
from aslo_core.source_limits import SourceCount, SourceLimits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aslo_core.bundle.tree import OpenFile


@dataclass(frozen=True)
class SourceSummary:
    r"""What the archive was made of.

    Attributes:
        tree_digest: SHA-256 over the lines `<sha256>  <path>\n` of all tracked files, sorted bytewise, with those left out.
        files: number of files in the archive.
        warnings: one for those translations that are tracked in their built form as well, and one for each that was left out,
            with the file and its fault; no more than `bounded` leaves.
    """

    tree_digest: str
    files: int
    warnings: tuple[BundleWarning, ...]


def write_source_tar(
    tree: Path, files: Sequence[str], to: Path, limits: SourceLimits | None = None, stop: threading.Event | None = None
) -> SourceSummary:
    """Write tracked files into a PAX archive, the same bytes for the same files: sorted bytewise, no times and owners.

    Links are never followed, neither in a path nor at its end. Of modes only the executable bit is kept, as git does. A path in
    `files` that is a directory (a submodule that was not fetched) becomes an empty directory. Translations that `msgfmt` or
    Python's gettext would refuse are left out, since Sugar's builder ends at them.

    Args:
        tree: the checked-out files.
        files: the tracked paths, relative to `tree`, `/`-separated.
        to: the archive; does not exist yet, and does not when an error is raised.
        limits: how much there may be; None for the defaults.
        stop: ends it before the next file once it is set, if given.

    Raises:
        Stopped: `stop` was set.
        Permanent: `source.…`: a path is unsafe or missing, a file is not plain, a limit is exceeded.
        Transient: a file was changed while it was read.
    """
    with Tree(tree) as opened, to.open("xb") as archive:
        try:
            with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar:
                return _write(tar, opened, files, SourceCount(limits or SourceLimits()), stop or threading.Event())
        except BaseException:
            to.unlink()
            raise


def _write(tar: tarfile.TarFile, tree: Tree, files: Sequence[str], count: SourceCount, stop: threading.Event) -> SourceSummary:
    digests: list[tuple[str, str]] = []
    warnings: list[BundleWarning] = []
    for path in files:
        with concerning(path):
            check_path(path)
    for path in sorted(set(files), key=str.encode):
        if stop.is_set():
            raise Stopped("the packing of the source was told to stop")
        if tree.is_directory(path):
            tar.addfile(_directory(path))
            continue
        with concerning(path), tree.open(path) as file:
            count.add(path, file.size, translates=bool(language_of(path)))
            digest, fault = _add(tar, path, file)
        digests.append((path, digest))
        if fault:
            warnings.append(BundleWarning("source.translation-unreadable", f"{path} is left out: {fault}.", path))
    packed = len(digests) - len(warnings)
    return SourceSummary(tree_digest(digests), packed, bounded((*_built_anew([path for path, _ in digests]), *warnings)))


def _built_anew(paths: Sequence[str]) -> tuple[BundleWarning, ...]:
    """Warn, in one sentence, where translations are tracked in the form that the build makes of `po/` as well."""
    translated = {language for path in paths if (language := language_of(path))}
    tracked = [path for path in paths if path.startswith("locale/") and path.endswith("/activity.linfo")]
    doubled = [language for path in tracked if (language := path.split("/")[1]) in translated]
    if not doubled:
        return ()
    some = ", ".join(doubled[:5]) + (", …" if len(doubled) > 5 else "")  # noqa: PLR2004 - enough to find them
    text = f"locale/ is tracked for {some}; the build makes these anew from po/, and the tracked ones are not packed."
    return (BundleWarning("source.translation-built", text),)


def _add(tar: tarfile.TarFile, path: str, file: OpenFile) -> tuple[str, str]:
    """Put one file into the archive; return its digest and why it was left out, if it was."""
    content = _Reading(file.content)
    if language_of(path):
        start = content.read(MAX_BYTES + 1)
        try:
            compile_translation(start)
        except PoError as fault:
            content.read_on()
            return content.digest, str(fault)
        content.again(start)
    try:
        tar.addfile(_entry(path, executable=file.executable, size=file.size), content)
    except OSError as fault:  # what tarfile raises when the file ends early, or the system when the disk is full
        if fault.errno is not None:
            raise
        raise _changed(path) from fault
    if content.read(1):
        raise _changed(path)
    return content.digest, ""


def _changed(path: str) -> Transient:
    return Transient(f"{path!r} was changed while the source was read")


def _entry(path: str, *, executable: bool, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.size = size
    entry.mode = 0o755 if executable else 0o644
    return entry


def _directory(path: str) -> tarfile.TarInfo:
    entry = _entry(path, executable=True, size=0)
    entry.type = tarfile.DIRTYPE
    return entry


class _Reading:
    """A file that is digested as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._again = io.BytesIO()
        self._sha256 = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        if data := self._again.read(size):
            return data
        data = self._file.read(size)
        self._sha256.update(data)
        return data

    def again(self, data: bytes) -> None:
        """Give these bytes, which were read, once more."""
        self._again = io.BytesIO(data)

    def read_on(self) -> None:
        while self.read(1 << 20):
            pass

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()
