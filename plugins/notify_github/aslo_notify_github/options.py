"""The keys of `[notifier.NAME]` with `use = "github"`."""

from __future__ import annotations

from typing import Self

from aslo_github_account import AccountOptions, Needs
from pydantic import Field, model_validator

from aslo_core.api import TemplateOptions

COMMENTING = frozenset({"repo", "public_repo"})
MARKING = frozenset({"repo", "public_repo", "repo:status"})
"""Scopes of a classic token, any of which suffices at least for public repositories."""


class GitHubNotifierOptions(AccountOptions, TemplateOptions):
    """Where GitHub is, who we are there, and how developers are told."""

    comments: bool = True
    """Comment on the tag's commit when a build starts and when it ends."""

    statuses: bool = True
    """Set a commit status, which GitHub shows as a mark beside the commit."""

    context: str = Field(default="aslo", min_length=1, max_length=100)
    """Name of the commit status; give two ASLOs that watch the same repositories different ones."""

    @model_validator(mode="after")
    def _somebody_tells_something(self) -> Self:
        if self.token is None and self.app_id is None:
            raise ValueError("nobody to comment as; give `token_file`, or `app_id` and `private_key_file` of a GitHub App")
        if not (self.comments or self.statuses):
            raise ValueError("`comments` and `statuses` are both false, so nobody is told; set one, or `enabled = false`")
        return self


def needs(options: GitHubNotifierOptions) -> Needs:
    """What the account has to be allowed for what is told."""
    permissions = ({"contents": "read"} if options.comments else {}) | ({"statuses": "write"} if options.statuses else {})
    scopes = [*([COMMENTING] if options.comments else []), *([MARKING] if options.statuses else [])]
    return Needs({"metadata": "read"} | permissions, scopes=scopes)
