"""The keys of `[source.NAME]` with `use = "git"`."""

from __future__ import annotations

from pydantic import field_validator

from aslo_core.api import git


class GitOptions(git.FetchOptions):
    """Which repositories may be fetched, and how large they may be."""

    allow: tuple[str, ...] = ()
    """Addresses, and all below them, that may be fetched although they are no public `https:` ones: directories
    (`file:///srv/git`), servers on this machine (`http://127.0.0.1:8080/`) or in its network (`https://git.example.lan/`)."""

    @field_validator("allow")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        git.AllowList.parse(value)
        return value
