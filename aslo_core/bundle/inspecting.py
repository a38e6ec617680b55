"""One inspection from outside: hands a bundle to whoever runs the inspector confined, and takes what it found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aslo_core.bundle.findings import Findings, read_findings
from aslo_core.bundle.limits import ICON_PICTURE_BYTES, ICON_PIXELS, MIB, InspectionLimits
from aslo_core.bundle.material import write_material
from aslo_core.bundle.zip_directory import too_much
from aslo_core.errors import Permanent, ProgramFailed
from aslo_core.types import Blob, BuildLimits, InspectionRequest, LogSink

_LOG_BYTES = 64 * 1024
_ROOM = 16 * MIB
_CURE = "Make the bundle smaller and simpler; if it is ordinary, tell the operator of this server."


def inspect_confined(
    run: Callable[[InspectionRequest, LogSink], None],
    bundle: Path,
    source: Path | None,
    limits: InspectionLimits,
    *,
    folder: Path,
    keep: Callable[[Blob, bytes], None],
    log: LogSink,
) -> Findings:
    """Inspect a bundle that may be hostile.

    Args:
        run: runs the inspector, as `Builder.inspect` does.
        bundle: the `.xo`.
        source: the source's tar archive, as `write_source_tar` writes it; None where there is no source.
        limits: how much of everything the bundle may have, and its inspection may use.
        folder: where to put material and findings; empty.
        keep: takes each picture.
        log: hears what the inspector says.

    Raises:
        Permanent: a rule is broken. An inspection that fails or goes beyond a limit is the bundle's doing, too:
            `bundle.inspection-…`.
        Transient: the inspector could not be run.
    """
    if (size := bundle.stat().st_size) > limits.archive_bytes:
        raise too_much("bundle.archive-too-large", "bytes in the file", size, limits.archive_bytes, "[build] bundle_mib")
    material = folder / "material.tar"
    write_material(material, bundle, source, limits)
    request = InspectionRequest(material, folder / "findings", _allowed(limits, material.stat().st_size))
    try:
        run(request, log)
    except ProgramFailed as failed:
        raise Permanent("bundle.inspection-crash", f"The inspection of the bundle broke off: {failed}", _CURE) from failed
    except Permanent as refused:
        raise _as_of_inspection(refused, request.limits) from refused
    with request.findings.open("rb") as findings:
        return read_findings(findings, limits, keep)


def _allowed(limits: InspectionLimits, material_bytes: int) -> BuildLimits:
    return BuildLimits(
        wall_seconds=limits.wall_seconds,
        cpu_seconds=limits.cpu_seconds,
        memory_bytes=limits.memory_bytes,
        processes=limits.processes,
        bundle_bytes=limits.findings_bytes
        + len(ICON_PIXELS) * ICON_PICTURE_BYTES
        + limits.screenshots * limits.screenshot_bytes,
        scratch_bytes=material_bytes + _ROOM,
        log_bytes=_LOG_BYTES,
    )


def _as_of_inspection(refused: Permanent, limits: BuildLimits) -> Permanent:
    """Say of a limit that it is the inspection's; every other refusal is one that the inspector made."""
    match refused.rule:
        case "build.time-limit":
            rule = "bundle.inspection-time-limit"
            found = f"was not done after {limits.wall_seconds} seconds ([bundle] inspection_wall_seconds)"
        case "build.cpu-limit":
            rule = "bundle.inspection-cpu-limit"
            found = f"used more processor time than {limits.cpu_seconds} seconds ([bundle] inspection_cpu_seconds)"
        case "build.memory-limit":
            rule = "bundle.inspection-memory-limit"
            found = f"needed more than {limits.memory_bytes} bytes of memory ([bundle] inspection_memory_mib)"
        case "build.scratch-limit":
            rule = "bundle.inspection-scratch-limit"
            found = f"needed more than {limits.scratch_bytes} bytes for files"
        case "build.bundle-limit":
            rule = "bundle.inspection-findings"
            found = f"told more than {limits.bundle_bytes} bytes ([bundle] findings_mib, and the pictures)"
        case _:
            return refused
    return Permanent(rule, f"The inspection of the bundle {found}.", _CURE)
