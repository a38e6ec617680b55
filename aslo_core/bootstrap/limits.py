"""The limits of builds and inspections, as `aslo.toml` has them."""

from __future__ import annotations

from aslo_core.bundle.limits import InspectionLimits
from aslo_core.config import Settings
from aslo_core.types import BuildLimits

_KIB, _MIB = 1 << 10, 1 << 20


def build_limits(settings: Settings) -> BuildLimits:
    """What one build may use."""
    build = settings.build
    return BuildLimits(
        wall_seconds=build.wall_seconds,
        cpu_seconds=build.cpu_seconds,
        memory_bytes=build.memory_mib * _MIB,
        processes=build.processes,
        scratch_bytes=build.scratch_mib * _MIB,
        bundle_bytes=build.bundle_mib * _MIB,
    )


def inspection_limits(settings: Settings) -> InspectionLimits:
    """What a bundle may contain, and what its inspection may use."""
    bundle = settings.bundle
    return InspectionLimits(
        archive_bytes=settings.build.bundle_mib * _MIB,
        entries=bundle.entries,
        directory_bytes=bundle.directory_mib * _MIB,
        name_bytes=bundle.name_bytes,
        entry_bytes=bundle.file_mib * _MIB,
        inflated_bytes=bundle.inflated_mib * _MIB,
        ratio=bundle.ratio,
        icon_bytes=bundle.icon_kib * _KIB,
        linfo_bytes=bundle.linfo_kib * _KIB,
        linfo_languages=bundle.languages,
        mo_bytes=bundle.catalogue_mib * _MIB,
        screenshots=bundle.screenshots,
        screenshot_bytes=bundle.screenshot_mib * _MIB,
        screenshot_pixels=bundle.screenshot_megapixels * 1_000_000,
        findings_bytes=bundle.findings_mib * _MIB,
        wall_seconds=bundle.inspection_wall_seconds,
        cpu_seconds=bundle.inspection_cpu_seconds,
        memory_bytes=bundle.inspection_memory_mib * _MIB,
        processes=settings.build.processes,
    )
