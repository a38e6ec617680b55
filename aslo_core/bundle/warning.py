"""What should be looked at in a bundle that keeps all rules. Standard library only: the packer makes these in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_WARNINGS = 100
"""How many are told; another one says how many there are beside them."""

LONGEST_WARNING = 4_000
"""Characters of the longest one's text."""


@dataclass(frozen=True)
class BundleWarning:
    """Something odd, which ends no release.

    Attributes:
        rule: its stable code, for example `bundle.info-deprecated`.
        found: what was found and what comes of it, for its author; a sentence, which names the file.
        file: path of the file, in the source or below the bundle's root; empty where there is none or several.
        cure: what its author can do about it here; empty where that is what its rule says anyway.
    """

    rule: str
    found: str
    file: str = ""
    cure: str = ""

    @property
    def text(self) -> str:
        """What is told and recorded of it."""
        return f"{self.found} {self.cure}" if self.cure else self.found


def bounded(warnings: Sequence[BundleWarning]) -> tuple[BundleWarning, ...]:
    """Keep warnings fit to be recorded and sent, however many and however long they are by a stranger's doing.

    Returns:
        The first `MOST_WARNINGS`, each cut to `LONGEST_WARNING` characters, and one that counts the others if there are any.
    """
    told = tuple(_cut(warning) for warning in warnings[:MOST_WARNINGS])
    if len(warnings) == len(told):
        return told
    return (*told, BundleWarning("bundle.warnings-cut", f"There are {len(warnings) - len(told)} more warnings."))


def _cut(warning: BundleWarning) -> BundleWarning:
    surplus = len(warning.text) - LONGEST_WARNING
    return warning if surplus <= 0 else replace(warning, found=f"{warning.found[: -surplus - 1]}…")
