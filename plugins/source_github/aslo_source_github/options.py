"""The keys of `[source.NAME]` with `use = "github"`."""

from __future__ import annotations

import re

from aslo_github_account import AccountOptions
from pydantic import field_validator

from aslo_core.api import WebAddress, code_host, git


class GitHubSourceOptions(code_host.HostOptions, AccountOptions):
    """Whose releases are taken, how deliveries are proved, where GitHub is, who reads it, and what a fetch may use."""

    OWNER = re.compile(r"[A-Za-z0-9_-]{1,100}")

    allow_sha1: bool = False
    """Accept deliveries signed with SHA-1 alone, as very old GitHub Enterprise servers send them."""

    web_url: WebAddress = "https://github.com"
    """Address of the pages for people, for links."""

    clone_url: str = "https://github.com/{owner}/{name}.git"
    """Address that git fetches from. Names are put in place of `{owner}` and `{name}`; what stands before them is trusted."""

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
    def clone_from(self) -> git.AllowList:
        """What stands before the names in `clone_url`: an address of the operator's own choice."""
        return git.AllowList.parse([_prefix(self.clone_url)])


def _prefix(template: str) -> str:
    return template.partition("{")[0]
