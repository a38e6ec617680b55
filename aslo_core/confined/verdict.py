"""What the end of a job means. Pure."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass

from aslo_core.confined.inside.order import EX_DATAERR
from aslo_core.errors import AsloError, Permanent, ProgramFailed, Transient
from aslo_core.types import BuildLimits

_SIGNAL_STATUS = 128
_SHOWN = 2000


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Attributes:
        status: exit status, or minus the number of the signal that ended it.
        started: whether the program ran at all; if not, the confinement failed.
        timed_out: whether it was ended by the clock.
        bundle_bytes: how much it wrote to standard output, also what was not kept; counting stops at four times the limit.
        tail: the end of its log, up to 16 KiB, whole even where the log was cut.
        seconds: how long it took.
        memory_bytes: the memory of all its processes together, where that had a limit and the kernel ended a process for it;
            else 0. The program may have ended well after that, without what the process was to do.
    """

    status: int
    started: bool
    timed_out: bool
    bundle_bytes: int
    tail: bytes
    seconds: float
    memory_bytes: int = 0


def judge(ended: Ended, limits: BuildLimits) -> None:
    """Return if the program did its work, else say why not.

    Raises:
        Permanent: what came in is at fault, or went beyond a limit.
        Transient: the program was never started, or something outside ended it.
        ProgramFailed: anything else.
    """
    raise_if_ended_by_limit(ended, limits)
    if not ended.started:
        raise Transient(f"the program could not be confined and started (status {ended.status}): {_shown(ended.tail)}")
    if ended.status == EX_DATAERR:
        raise _fault_of_source(ended.tail)
    if ended.status:
        raise ProgramFailed(f"the program ended with status {ended.status} after {ended.seconds:.1f} s: {_shown(ended.tail)}")
    if not ended.bundle_bytes:
        raise ProgramFailed("the program ended well but wrote nothing")


def raise_if_ended_by_limit(ended: Ended, limits: BuildLimits) -> None:
    """Raise for every end that a limit brought about.

    Raises:
        Permanent: names the limit, and how far it was exceeded where that is known.
        Transient: killed, but not by us.
    """
    if ended.bundle_bytes > limits.bundle_bytes:
        # It was ended for this, or it went on to the end and we know the size.
        least = "" if ended.status == 0 else "at least "
        raise Permanent(
            "build.bundle-limit",
            f"The bundle has {least}{ended.bundle_bytes} bytes, while {limits.bundle_bytes} are allowed ([build] bundle_mib).",
            "Take large files out of the repository, or ask the operator to raise this limit.",
        )
    if ended.timed_out:
        raise Permanent(
            "build.time-limit",
            f"The build was not done after {limits.wall_seconds} seconds ([build] wall_seconds).",
            "Make the source smaller, or ask the operator to raise this limit.",
        )
    if ended.memory_bytes:
        raise Permanent(
            "build.memory-limit",
            f"The build's processes needed more than {ended.memory_bytes} bytes of memory together ([build] memory_mib).",
            "Make the source smaller, or ask the operator to raise this limit.",
        )
    signals = {-ended.status, ended.status - _SIGNAL_STATUS}
    if ended.started and signal.SIGXCPU in signals:
        raise _cpu_limit(limits)
    if signal.SIGKILL in signals:
        if ended.started and ended.seconds >= limits.cpu_seconds:
            raise _cpu_limit(limits)
        raise Transient(
            "the build was killed from outside after "
            f"{ended.seconds:.1f} s: the machine had no memory left (see the kernel's log), or somebody ended it"
        )


def _cpu_limit(limits: BuildLimits) -> Permanent:
    return Permanent(
        "build.cpu-limit",
        f"The build used more than {limits.cpu_seconds} seconds of processor time ([build] cpu_seconds).",
        "Make the source smaller, or ask the operator to raise this limit.",
    )


def _fault_of_source(tail: bytes) -> AsloError:
    lines = tail.decode("utf-8", "replace").strip().splitlines()
    try:
        said = json.loads(lines[-1])
        return Permanent(str(said["rule"]), str(said["found"]), str(said["cure"]), file=str(said.get("file", "")))
    except (IndexError, KeyError, TypeError, ValueError, RecursionError):
        return ProgramFailed(f"the program blamed what it was given but its last line does not say why: {_shown(tail)}")


def _shown(tail: bytes) -> str:
    return tail[-_SHOWN:].decode("utf-8", "replace").strip() or "it said nothing"
