"""Runs one of the programs as a plain process, with nothing between it and the machine: for what is one's own."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import msgspec

from aslo_core.bundle.program import ConfinedProgram
from aslo_core.bundle.standard_streams import EX_DATAERR
from aslo_core.errors import Permanent, ProgramFailed, Transient
from aslo_core.types import LogSink

_SHOWN = 2_000


class _Fault(msgspec.Struct):
    """What the last line of the log says of what came in."""

    rule: str
    found: str
    cure: str
    file: str


_FAULT = msgspec.json.Decoder(_Fault)


def run_unconfined(program: ConfinedProgram, source: Path, output: Path, seconds: float, log: LogSink) -> None:
    """Run a program to its end.

    Args:
        program: the packer or the inspector.
        source: what it reads.
        output: where to put what it writes.
        seconds: when to end it.
        log: hears what it says, all at once.

    Raises:
        Permanent: what came in is at fault.
        Transient: it was not done in time.
        ProgramFailed: it ended in another way.
    """
    with source.open("rb") as reading, output.open("wb") as writing:
        try:
            ended = subprocess.run(
                program.command(),
                stdin=reading,
                stdout=writing,
                stderr=subprocess.PIPE,
                env={},
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Transient(f"{program.module} was not done after {seconds} seconds") from error
    log(ended.stderr)
    if ended.returncode == -signal.SIGXCPU:
        raise Permanent("build.cpu-limit", "The program used too much processor time.", "Make what it reads smaller.")
    if ended.returncode == EX_DATAERR:
        fault = _FAULT.decode(ended.stderr.splitlines()[-1])
        raise Permanent(fault.rule, fault.found, fault.cure, file=fault.file)
    if ended.returncode:
        said = ended.stderr[-_SHOWN:].decode(errors="replace").strip()
        raise ProgramFailed(f"{program.module} ended with status {ended.returncode}: {said}")
