"""The keys of `[source.NAME]` with `use = "github"`."""

from __future__ import annotations

import re
from typing import Annotated

from aslo_github_account import AccountOptions
from pydantic import Field, field_validator

from aslo_core.api import ChosenHere, Secret, WebAddress, git

EVERYBODY = "*"
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,100}")


class GitHubSourceOptions(git.FetchOptions, AccountOptions):
    """Whose releases are taken, how deliveries are proved, where GitHub is, who reads it, and what a fetch may use."""

    secret: Annotated[Secret, ChosenHere()]
    """The webhooks' secret, as entered on GitHub."""

    previous_secrets: tuple[Secret, ...] = ()
    """Secrets that are accepted as well while webhooks are moved to a new one."""

    allow_sha1: bool = False
    """Accept deliveries signed with SHA-1 alone, as very old GitHub Enterprise servers send them."""

    owners: tuple[str, ...] = Field(min_length=1)
    """Accounts whose repositories may release here, for example `["sugarlabs"]`; `["*"]` is everybody who has the secret."""

    prereleases: bool = False
    """Also take releases that their developer marked as pre-releases."""

    web_url: WebAddress = "https://github.com"
    """Address of the pages for people, for links."""

    clone_url: str = "https://github.com/{owner}/{name}.git"
    """Address that git fetches from. Names are put in place of `{owner}` and `{name}`; what stands before them is trusted."""

    assets_mib: int = Field(default=512, ge=1)
    """How large all attached bundles of a release may be together."""

    @field_validator("secret", "previous_secrets")
    @classmethod
    def _proves_something(cls, value: Secret | tuple[Secret, ...]) -> Secret | tuple[Secret, ...]:
        secrets = value if isinstance(value, tuple) else (value,)
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

    @field_validator("clone_url")
    @classmethod
    def _template(cls, value: str) -> str:
        if value.count("{owner}") != 1 or value.count("{name}") != 1 or value.count("{") != 2:  # noqa: PLR2004 -- those two
            raise ValueError("expected `{owner}` and `{name}` once each, as in https://github.com/{owner}/{name}.git")
        if not re.fullmatch(r"[a-z]+://[^{]*/", _prefix(value)):
            raise ValueError("what stands before `{owner}` has to be a whole address that ends with a slash")
        git.AllowList.parse([_prefix(value)])
        return value

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All secrets that prove a delivery."""
        return (self.secret, *self.previous_secrets)

    @property
    def clone_from(self) -> git.AllowList:
        """What stands before the names in `clone_url`: an address of the operator's own choice."""
        return git.AllowList.parse([_prefix(self.clone_url)])


def _prefix(template: str) -> str:
    return template.partition("{")[0]
