"""The keys that the sources of all code hosts have."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from aslo_core.code_host.fields import NAME
from aslo_core.git import FetchOptions
from aslo_core.types import ChosenHere, Secret

EVERYBODY = "*"
"""Among the owners: releases of all accounts are taken."""


class HostOptions(FetchOptions):
    """Whose releases are taken, how deliveries are proved, and what a fetch may use."""

    OWNER: ClassVar[re.Pattern[str]] = NAME
    """Form of the name of an account on this host."""

    secret: Annotated[Secret, ChosenHere()]
    """The webhooks' secret, as entered on the host."""

    previous_secrets: tuple[Secret, ...] = ()
    """Secrets that are accepted as well while webhooks are moved to a new one."""

    owners: tuple[str, ...] = Field(min_length=1)
    """Accounts whose repositories may release here, for example `["sugarlabs"]`; `["*"]` is everybody who has the secret."""

    prereleases: bool = False
    """Also take releases that their developer marked as pre-releases."""

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
        wrong = [owner for owner in value if owner != EVERYBODY and not cls.OWNER.fullmatch(owner)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no account's name; write names like `sugarlabs`, or `*` for everybody")
        return value

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All secrets that prove a delivery."""
        return (self.secret, *self.previous_secrets)

    def allows(self, owner: str) -> bool:
        """Whether an account's repositories may release here. Hosts do not tell upper from lower case in names."""
        return EVERYBODY in self.owners or owner.lower() in {each.lower() for each in self.owners}
