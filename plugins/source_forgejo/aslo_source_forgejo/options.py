"""The keys of `[source.NAME]` with `use = "forgejo"`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from aslo_core.api import ChosenHere, Secret, WebAddress, git

EVERYBODY = "*"
_OWNER = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")


class ForgejoSourceOptions(git.FetchOptions):
    """Where the forge is, whose releases are taken, how deliveries are proved, and what a fetch may use."""

    url: WebAddress
    """Address of the forge's pages, for example `https://codeberg.org`; its API and git are below it. Every address that is
    used is built from this one. Plain http is for loopback alone."""

    secret: Annotated[Secret, ChosenHere()]
    """The webhooks' secret, as entered on the forge."""

    previous_secrets: tuple[Secret, ...] = ()
    """Secrets that are accepted as well while webhooks are moved to a new one."""

    owners: tuple[str, ...] = Field(min_length=1)
    """Accounts whose repositories may release here, for example `["sugarlabs"]`; `["*"]` is everybody who has the secret."""

    prereleases: bool = False
    """Also take releases that their developer marked as pre-releases."""

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

    assets_mib: int = Field(default=512, ge=1)
    """How large all attached bundles of a release may be together."""

    @field_validator("secret", "previous_secrets", "token")
    @classmethod
    def _proves_something(cls, value: Secret | tuple[Secret, ...] | None) -> Secret | tuple[Secret, ...] | None:
        secrets = value if isinstance(value, tuple) else () if value is None else (value,)
        if not all(secret.get_secret_value().strip() for secret in secrets):
            raise ValueError("it is empty, and an empty secret protects nothing")
        return value

    @field_validator("owners")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [owner for owner in value if owner != EVERYBODY and not _OWNER.fullmatch(owner)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no account's name; write names like `sugarlabs`, or `*` for everybody")
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
    def secrets(self) -> tuple[Secret, ...]:
        """All secrets that prove a delivery."""
        return (self.secret, *self.previous_secrets)

    @property
    def clone_from(self) -> git.AllowList:
        """The forge: an address of the operator's own choice."""
        return git.AllowList.parse([self.url])
