"""The keys that every source has in common that fetches with git."""

from __future__ import annotations

from pydantic import Field

from aslo_core.git.program import Limits
from aslo_core.source_limits import SourceLimits
from aslo_core.types import Options


class FetchOptions(Options):
    """What one fetch with git may use; never more files than a bundle may be made of, which would be without effect."""

    fetch_seconds: int = Field(default=300, ge=1)
    """How long one fetch with git may take, and each download."""

    fetch_mib: int = Field(default=512, ge=1)
    """How much one fetch may write to the disk, compressed as git keeps it."""

    tree_mib: int = Field(default=SourceLimits.total_bytes >> 20, ge=1, le=SourceLimits.total_bytes >> 20)
    """How large all files of the commit may be together."""

    files: int = Field(default=SourceLimits.files, ge=1, le=SourceLimits.files)
    """How many files the commit may have, and how many folders."""

    @property
    def limits(self) -> Limits:
        """The limits of one fetch with git."""
        return Limits(
            seconds=self.fetch_seconds, transfer_bytes=self.fetch_mib << 20, tree_bytes=self.tree_mib << 20, files=self.files
        )
