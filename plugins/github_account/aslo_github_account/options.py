"""The keys that say where GitHub is, and who we are there."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from aslo_core.api import Options, Secret, WebAddress


class AccountOptions(Options):
    """Where GitHub is, and who we are there: nobody, the owner of a token, or a GitHub App."""

    api_url: WebAddress = "https://api.github.com"
    """Address of the REST API; on a GitHub of your own `https://HOST/api/v3`. Plain http is for loopback alone."""

    token: Secret | None = None
    """Access token of the account that is used. Either this or an App. A source can do without both; GitHub then answers 60
    requests an hour, and none about private repositories."""

    app_id: int | None = Field(default=None, gt=0)
    """Id of a GitHub App that is installed on the developers' repositories, in place of a token; needs `private_key_file`."""

    private_key: Secret | None = None
    """The App's private key in PEM form."""

    timeout_seconds: int = Field(default=15, ge=1, le=120)
    """How long to wait for each answer of GitHub's API."""

    @field_validator("token", "private_key")
    @classmethod
    def _not_empty(cls, value: Secret | None) -> Secret | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError("it is empty")
        return value

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if self.token is not None and (self.app_id is not None or self.private_key is not None):
            raise ValueError("both a token and an App are given; keep `token` or `app_id` with `private_key_file`")
        if (self.app_id is None) != (self.private_key is None):
            raise ValueError("a GitHub App needs both `app_id` and `private_key_file`")
        return self
