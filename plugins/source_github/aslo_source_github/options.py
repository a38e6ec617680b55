"""The keys of `[source.NAME]` with `use = "github"`."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from aslo_core.api import Secret, WebAddress, git

EVERYBODY = "*"
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,100}")


class GitHubSourceOptions(git.FetchOptions):
    """Whose releases are taken, how deliveries are proved, where GitHub is, and what a fetch may use."""

    secret: Secret
    """The webhooks' secret, as entered on GitHub."""

    previous_secrets: tuple[Secret, ...] = ()
    """Secrets that are accepted as well while webhooks are moved to a new one."""

    allow_sha1: bool = False
    """Accept deliveries signed with SHA-1 alone, as very old GitHub Enterprise servers send them."""

    owners: tuple[str, ...] = Field(min_length=1)
    """Accounts whose repositories may release here, for example `["sugarlabs"]`; `["*"]` is everybody who has the secret."""

    prereleases: bool = False
    """Also take releases that their developer marked as pre-releases."""

    token: Secret | None = None
    """Access token for reading repositories; without one GitHub answers 60 requests an hour, and none about private ones."""

    app_id: int | None = Field(default=None, gt=0)
    """Id of a GitHub App that is installed on the owners' repositories, in place of a token; needs `private_key_file`."""

    private_key: Secret | None = None
    """The App's private key in PEM form."""

    api_url: WebAddress = "https://api.github.com"
    """Address of the REST API; on a GitHub of your own `https://HOST/api/v3`. Plain http is for loopback alone."""

    web_url: WebAddress = "https://github.com"
    """Address of the pages for people, for links."""

    clone_url: str = "https://github.com/{owner}/{name}.git"
    """Address that git fetches from. Names are put in place of `{owner}` and `{name}`; what stands before them is trusted."""

    timeout_seconds: int = Field(default=15, ge=1, le=120)
    """How long to wait for each answer of GitHub's API."""

    assets_mib: int = Field(default=512, ge=1)
    """How large all attached bundles of a release may be together."""

    @field_validator("secret", "previous_secrets", "token", "private_key")
    @classmethod
    def _not_empty(cls, value: Secret | tuple[Secret, ...] | None) -> Secret | tuple[Secret, ...] | None:
        secrets = value if isinstance(value, tuple) else (value,)
        if any(secret is not None and not secret.get_secret_value().strip() for secret in secrets):
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

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if (self.app_id is None) != (self.private_key is None):
            raise ValueError("a GitHub App needs both `app_id` and `private_key_file`")
        if self.token is not None and self.app_id is not None:
            raise ValueError("both a token and an App are given; keep one of them")
        return self

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
