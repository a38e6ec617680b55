"""The errors of ASLO. Who may retry is in the type, never in a message.

Only the standard library is imported here, so that the packer can use this module inside a sandbox.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class AsloError(Exception):
    """Root of every error that ASLO raises on purpose."""


class Transient(AsloError):
    """It may go well later with the same input: a peer is down, a limit is reached, a lock is held.

    Args:
        message: what was attempted, on what, and what was found instead.
        retry_after: seconds the peer asked us to wait, or None where it named no time.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(AsloError):
    """It cannot go well with this input; whoever sent the input has to change it.

    Args:
        rule: stable code of the broken rule, `<area>.<what>`, for example `bundle.icon-missing`.
        found: what was found, in one sentence, with the value and the place.
        cure: what its author can do about it, in one sentence.
        file: path of the file that it concerns, in the source or below the bundle's root; empty where there is none.
    """

    def __init__(self, rule: str, found: str, cure: str, *, file: str = "") -> None:
        super().__init__(f"{rule}: {found} {cure}")
        self.rule = rule
        self.found = found
        self.cure = cure
        self.file = file


@contextmanager
def concerning(file: str) -> Iterator[None]:
    """Let whatever is refused within name this file, unless it names one itself."""
    try:
        yield
    except Permanent as refusal:
        refusal.file = refusal.file or file
        raise


class Stopped(AsloError):
    """What was under way was told to stop, and has: nobody wants what it would have come to. Nobody's fault."""


class ProgramFailed(AsloError):
    """A program that a builder ran ended as it never should: it crashed, or broke off without saying why.

    Of a build that is a fault in ASLO or on its machine; of an inspection, what was inspected may have brought it about.
    """


class Conflict(AsloError):
    """Somebody else was faster: reload the state and decide again."""


class AuthenticationFailed(AsloError):
    """A delivery does not prove that it comes from its source. Counted, answered with 401, never logged as an event."""


class UnsupportedMedia(AsloError):
    """A delivery has a content type that its source never sends. Answered with 415."""


@dataclass(frozen=True)
class ConfigProblem:
    """One thing that is wrong in the configuration.

    Attributes:
        file: the file it stands in, or the environment variable's name; empty where neither is known.
        line: line number from 1, or 0 where no line can be named.
        key: dotted key, for example `storage.main.path`.
        found: what was found.
        allowed: what is allowed instead, and what to write.
    """

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(filter(None, (place, self.key, f"{self.found}; {self.allowed}")))


class ConfigError(AsloError):
    """The configuration cannot be used. Carries every problem, not only the first.

    Args:
        problems: at least one problem, in the order of the file.
    """

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
