"""One try of something, and what its failure means to an operator."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from aslo_core.errors import AsloError, ConfigError, Permanent, Transient
from aslo_core.types import Probed

log = structlog.get_logger(__name__)


def attempt(what: str, action: Callable[[], str]) -> Probed:
    """Try something that says what it found, or raises."""
    try:
        return Probed.good(what, action())
    except Exception as reason:  # noqa: BLE001 - a probe is there to tell of whatever goes wrong
        return refused(what, reason)


def refused(what: str, reason: BaseException) -> Probed:
    """Say what was raised, and what can be done about it."""
    match reason:
        case Permanent(found=found, cure=cure):
            return Probed.bad(what, found, cure or "mend what it says")
        case ConfigError(problems=problems):
            found = "; ".join(f"{problem.key}: {problem.found}".removeprefix(": ") for problem in problems)
            return Probed.bad(what, found, "; ".join(problem.allowed for problem in problems) or "mend this table")
        case Transient():
            return Probed.bad(what, str(reason), "mend what it says, or wait where it is known to pass; ASLO would try again")
        case AsloError():
            return Probed.bad(what, str(reason), "mend what it says")
        case _:
            log.error("probe.crashed", what=what, exc_info=reason)
            return Probed.bad(
                what, f"it failed with {type(reason).__name__}", "tell the plugin's author; the messages show where"
            )
