"""What an operator chooses where a release does not agree with itself; options of `[bundle]` in `aslo.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Policy:
    """Choices that hold for every release.

    Attributes:
        version_agreement: what becomes of a release whose tag or attached file states another version than its bundle:
            a warning, or (`strict`) a refusal.
        invalid_asset: what becomes of a release whose attached bundle breaks a rule: it is built from its source, with a
            warning, or refused.
    """

    version_agreement: Literal["warn", "strict"] = "warn"
    invalid_asset: Literal["build", "refuse"] = "build"
