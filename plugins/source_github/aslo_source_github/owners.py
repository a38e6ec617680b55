"""The accounts whose releases are taken, and where GitHub lists their repositories.

https://docs.github.com/en/rest/repos/repos
"""

from __future__ import annotations

import msgspec


class Owner(msgspec.Struct, frozen=True):
    """An account; `type` is `User`, `Organization` or `Bot`."""

    login: str
    type: str

    @property
    def is_organisation(self) -> bool:
        """Whether it has webhooks of its own."""
        return self.type == "Organization"

    def repositories(self, query: str, *, own: bool) -> str:
        """Path below the API at which its repositories are listed; private ones as well where it is our own account."""
        if self.is_organisation:
            return f"/orgs/{self.login}/repos?{query}"
        return f"/user/repos?affiliation=owner&{query}" if own else f"/users/{self.login}/repos?{query}"
