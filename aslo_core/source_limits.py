"""How much source one bundle may be made of, wherever it comes from.

Only the standard library is imported here, so that the packer can use this module inside a sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass

from aslo_core.errors import Permanent

MAX_PATH_PARTS = 40
"""Names that a path may have, of folders and of the file; a folder is kept open for each of them while the file is read."""


@dataclass(frozen=True)
class SourceLimits:
    """What is counted while a source is read, never believed from a header. A source plugin may be set to less, not to more.

    Attributes:
        files: number of files; the largest real activities have some thousands.
        file_bytes: size of one file.
        total_bytes: size of all files together.
        translation_bytes: size of all translations together; to read one takes two seconds per MiB at worst.
    """

    files: int = 20_000
    file_bytes: int = 128 << 20
    total_bytes: int = 512 << 20
    translation_bytes: int = 32 << 20


class SourceCount:
    """Counts files and bytes against the limits.

    Args:
        limits: what is allowed.
    """

    def __init__(self, limits: SourceLimits) -> None:
        self._limits = limits
        self._files = 0
        self._bytes = 0
        self._translation_bytes = 0

    def add(self, path: str, size: int, *, translates: bool) -> None:
        """Count one file of `size` bytes; `translates` says whether it is a translation.

        Raises:
            Permanent: `source.too-many-files`, `source.file-too-large`, `source.too-large` or `source.translations-too-large`.
        """
        self._files += 1
        self._bytes += size
        self._translation_bytes += size * translates
        if self._files > self._limits.files:
            raise Permanent(
                "source.too-many-files",
                f"The source has more than {self._limits.files} files.",
                "Release only what the activity needs to run, or pack many small files into one.",
            )
        if size > self._limits.file_bytes:
            raise Permanent(
                "source.file-too-large",
                f"{path!r} has {size} bytes, and {self._limits.file_bytes} are allowed.",
                "Make the file smaller, or let the activity fetch it when it is needed.",
            )
        if self._bytes > self._limits.total_bytes:
            raise Permanent(
                "source.too-large",
                f"The source has more than {self._limits.total_bytes} bytes.",
                "Release only what the activity needs to run.",
            )
        if self._translation_bytes > self._limits.translation_bytes:
            raise Permanent(
                "source.translations-too-large",
                f"The translations in po/ have more than {self._limits.translation_bytes} bytes.",
                "Remove messages that are obsolete from them, or translations of which nothing is translated.",
            )
