"""The keys of `[notifier.NAME]` with `use = "github"`."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aslo_core.api import Options, Secret, WebAddress


class GitHubNotifierOptions(Options):
    """Where GitHub is, who we are there, and how developers are told."""

    api_url: WebAddress = "https://api.github.com"
    """Address of the REST API; on a GitHub of your own `https://HOST/api/v3`. Plain http is for loopback alone."""

    token: Secret | None = None
    """Personal access token of the account that comments. Either this or an App."""

    app_id: int | None = Field(default=None, gt=0)
    """Id of a GitHub App that is installed on the developers' repositories; needs `private_key_file`."""

    private_key: Secret | None = None
    """The App's private key in PEM form."""

    comments: bool = True
    """Comment on the tag's commit when a build starts and when it ends."""

    statuses: bool = True
    """Set a commit status, which GitHub shows as a mark beside the commit."""

    context: str = Field(default="aslo", min_length=1, max_length=100)
    """Name of the commit status; give two ASLOs that watch the same repositories different ones."""

    timeout_seconds: int = Field(default=15, ge=1, le=120)
    """How long to wait for each answer of GitHub."""

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        app = (self.app_id is not None, self.private_key is not None)
        if self.token is not None and any(app):
            raise ValueError("both a token and an App are given; keep `token` or `app_id` with `private_key_file`")
        if self.token is None and not all(app):
            raise ValueError("nobody to comment as; give `token_file`, or `app_id` and `private_key_file` of a GitHub App")
        for name, secret in (("token", self.token), ("private_key", self.private_key)):
            if secret is not None and not secret.get_secret_value().strip():
                raise ValueError(f"`{name}` is empty")
        if not (self.comments or self.statuses):
            raise ValueError("`comments` and `statuses` are both false, so nobody is told; set one, or `enabled = false`")
        return self
