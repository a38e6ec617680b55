"""The keys of `[source.NAME]` with `use = "forgejo"`."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from aslo_core.api import Secret, WebAddress, code_host, git


class ForgejoSourceOptions(code_host.HostOptions):
    """Where the forge is, whose releases are taken, how deliveries are proved, and what a fetch may use."""

    url: WebAddress
    """Address of the forge's pages, for example `https://codeberg.org`; its API and git are below it. Every address that is
    used is built from this one. Plain http is for loopback alone."""

    token: Secret | None = None
    """Access token of the account that reads the repositories, with the scope `read:repository`. Without one, what is public is
    read without signing in."""

    ca_file: Path | None = None
    """File with the certificates (PEM) that sign the forge's, for one with an authority of its own. Default: those that this
    machine trusts. A relative path is meant from the configuration's folder."""

    assets_from: tuple[WebAddress, ...] = ()
    """Addresses that downloads of attached files may be redirected to, for a forge that keeps them on a storage of another host
    and lets it serve them. The token is never sent there."""

    timeout_seconds: int = Field(default=15, ge=1, le=120)
    """How long to wait for each answer of the forge."""

    @field_validator("token")
    @classmethod
    def _signs_in(cls, value: Secret | None) -> Secret | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError("it is empty")
        return value

    @field_validator("url")
    @classmethod
    def _of_pages(cls, value: str) -> str:
        if value.endswith("/api/v1"):
            raise ValueError("it is the address of the API; write that of the pages, without `/api/v1`")
        git.AllowList.parse([value])
        return value

    @model_validator(mode="after")
    def _ca_file_needs_tls(self) -> Self:
        if self.ca_file is not None and not self.url.startswith("https:"):
            raise ValueError("ca_file has no meaning for an address without https: remove one of them")
        return self

    @property
    def clone_from(self) -> git.AllowList:
        """The forge: an address of the operator's own choice."""
        return git.AllowList.parse([self.url])
