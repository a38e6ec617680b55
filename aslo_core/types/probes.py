"""What `aslo check --probe` finds when it asks the things themselves that a configuration names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, Self, runtime_checkable

from aslo_core.types.value import Value

ProbeVerdict = Literal["good", "bad", "unknown"]
"""`unknown` is what cannot be told from here, or with these credentials; it is no failure."""


class Probed(Value):
    """One thing that was tried.

    Attributes:
        what: what was tried, in a word or two, such as `webhook of sugarlabs`.
        verdict: how it went.
        found: what was found, in words, without any secret.
        cure: what the operator can do; never empty for what is bad.
    """

    what: str
    verdict: ProbeVerdict
    found: str
    cure: str = ""

    def __post_init__(self) -> None:
        if self.verdict == "bad" and not self.cure:
            raise ValueError(f"what is bad needs a cure: {self!r}")

    @classmethod
    def good(cls, what: str, found: str) -> Self:
        """It works."""
        return cls(what=what, verdict="good", found=found)

    @classmethod
    def bad(cls, what: str, found: str, cure: str) -> Self:
        """It does not work."""
        return cls(what=what, verdict="bad", found=found, cure=cure)

    @classmethod
    def unknown(cls, what: str, found: str, cure: str = "") -> Self:
        """It cannot be told; `cure` says what would be needed."""
        return cls(what=what, verdict="unknown", found=found, cure=cure)


@runtime_checkable
class Probes(Protocol):
    """What a source or notifier offers beside its Protocol where it can ask its peer whether all is well.

    Storages and builders need nothing of the kind: the core tries them by what they do anyway.
    """

    def probe(self) -> Iterable[Probed]:
        """Ask the peer, and change nothing there. Each finding is best given as soon as it is known.

        The core gives 30 seconds for all of it, takes secrets of the options out of every text, and turns whatever is raised
        into a finding that is bad, so that only what has a better cure need be caught.

        Raises:
            AsloError: it cannot go on.
        """
        ...
