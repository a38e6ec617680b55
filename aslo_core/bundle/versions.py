"""Versions of activities: `N(.N)*` with an optional suffix, compared number by number and never as floats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

LONGEST = 64
"""Characters that a version may have in all."""

_VERSION = re.compile(
    r"""
    (?P<numbers> (?:0|[1-9][0-9]{0,17}) (?:\.(?:0|[1-9][0-9]{0,17}))* )
    (?P<suffix> [-~][A-Za-z0-9][A-Za-z0-9.+_]* )?
    """,
    re.VERBOSE,
)
# `VERSION_RE` of sugar3.bundle.bundleversion: one character of any kind, then letters.
_SUFFIX_FOR_SUGAR = re.compile(r"(?:[-~].[a-zA-Z]*)?")


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """A version as Sugar compares it (`sugar3.bundle.bundleversion`): by its numbers; trailing zeros and suffix do not count.

    Attributes:
        text: as written, for example `1.10.0~dfsg`; this is what `str()` gives.
        numbers: what is compared, without trailing zeros: `(1, 10)`.
        suffix: with its `-` or `~`, or empty.
    """

    text: str
    numbers: tuple[int, ...]
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version.

        Args:
            text: for example `1`, `108.1`, `1.2.3-peru`, `33~dfsg`; at most 64 characters, 18 digits a number.

        Raises:
            Permanent: `bundle.version-malformed`.
        """
        match = _VERSION.fullmatch(text) if len(text) <= LONGEST else None
        if match is None:
            raise Permanent(
                "bundle.version-malformed",
                f"The version is {shown(text)}, which is none.",
                "Write numbers without leading zeros, separated by dots, such as 7 or 1.10.2; a suffix such as -peru or ~dfsg "
                f"may follow; at most {LONGEST} characters.",
            )
        numbers = [int(number) for number in match["numbers"].split(".")]
        while numbers and not numbers[-1]:
            numbers.pop()
        return cls(text, tuple(numbers), match["suffix"] or "")

    @property
    def readable_by_sugar(self) -> bool:
        """Whether Sugar's own reader takes the suffix: it knows one character and letters after it, so not `-rc1`."""
        return _SUFFIX_FOR_SUGAR.fullmatch(self.suffix) is not None

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self.numbers == other.numbers

    def __lt__(self, other: Version) -> bool:
        return self.numbers < other.numbers

    def __hash__(self) -> int:
        return hash(self.numbers)
