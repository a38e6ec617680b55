"""The version of the plugin API, and whether a plugin that was written for another one can be used. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

GROUP = "aslo.api"
"""Entry-point group in which a distribution states the version that its plugins are written for, as the one name in it."""


@dataclass(frozen=True)
class ApiVersion:
    """A version of the plugin API.

    Attributes:
        major: goes up when a plugin that held what the API asked no longer does.
        minor: goes up when there is more that a plugin may use.
    """

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes.

        Raises:
            ValueError: it is not two numbers with a dot between them.
        """
        found = re.fullmatch(r"(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})", text)
        if found is None:
            raise ValueError(f"{text!r} is no version of the plugin API, which is written as in 1.0")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    def serves(self, written_for: ApiVersion) -> bool:
        """Whether an ASLO of this version can use a plugin that was written for that one."""
        return self.major == written_for.major and self.minor >= written_for.minor


API = ApiVersion(1, 1)
"""What this ASLO has: `aslo_core.api`, the hooks, the entry points, and the suites for plugins in `aslo_core.testing`."""


def refusal(distribution: str, stated: Sequence[str], has: ApiVersion = API) -> str:
    """Say in a sentence why the plugins of a distribution cannot be used; empty where they can.

    Args:
        distribution: its name and version.
        stated: every name that it has in the group `aslo.api`.
        has: the version that it would be used by.
    """
    cure = f"install a release of it that is written for {has}"
    if not stated:
        found = "does not state which plugin API it is written for"
    elif len(stated) > 1:
        found = f"states several plugin APIs ({', '.join(sorted(stated))}) where one belongs"
    else:
        try:
            written_for = ApiVersion.parse(stated[0])
        except ValueError:
            found = f"states {stated[0]!r} as its plugin API, where a version such as {has} belongs"
        else:
            if has.serves(written_for):
                return ""
            found = f"is written for plugin API {written_for}"
            cure += f", or an ASLO that has {written_for}"
    return f"{distribution} {found}, and this ASLO has {has}: {cure}"
