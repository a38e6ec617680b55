"""The keys of `[source.NAME]` with `use = "git"`."""

from __future__ import annotations

from pydantic import Field, field_validator

from aslo_core.api import Options, git


class GitOptions(Options):
    """Which repositories may be fetched, and how large they may be."""

    allow: tuple[str, ...] = ()
    """Addresses, and all below them, that may be fetched although they are no public `https:` ones: directories
    (`file:///srv/git`), servers on this machine (`http://127.0.0.1:8080/`) or in its network (`https://git.example.lan/`)."""

    fetch_seconds: int = Field(default=300, ge=1)
    """How long one fetch may take."""

    fetch_mib: int = Field(default=512, ge=1)
    """How much one fetch may write to the disk, compressed as git keeps it."""

    tree_mib: int = Field(default=1024, ge=1)
    """How large all files of the commit may be together."""

    files: int = Field(default=20_000, ge=1)
    """How many files the commit may have."""

    @field_validator("allow")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        git.AllowList.parse(value)
        return value

    @property
    def allow_list(self) -> git.AllowList:
        """The addresses of `allow`."""
        return git.AllowList.parse(self.allow)

    @property
    def limits(self) -> git.Limits:
        """The limits of one fetch."""
        return git.Limits(
            seconds=self.fetch_seconds, transfer_bytes=self.fetch_mib << 20, tree_bytes=self.tree_mib << 20, files=self.files
        )
