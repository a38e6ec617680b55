"""What should be looked at in a bundle that keeps all rules. Standard library only: the packer makes these in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass


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
