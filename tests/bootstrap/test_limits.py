"""The limits in `aslo.toml` are those that builds and inspections have."""

from __future__ import annotations

from pathlib import Path

import msgspec

from aslo_core.bootstrap.limits import build_limits, inspection_limits
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.config import Settings
from aslo_core.config.bundle_settings import BundleSettings
from aslo_core.config.settings import BrokerSettings, BuildSettings, DataSettings, ProcessesSettings, ServerSettings
from aslo_core.types import BuildLimits, Options


def settings(build: BuildSettings | None = None, bundle: BundleSettings | None = None) -> Settings:
    return Settings(
        path=Path("aslo.toml"),
        server=ServerSettings(),
        data=DataSettings(),
        broker=BrokerSettings(),
        processes=ProcessesSettings(),
        build=build or BuildSettings(),
        bundle=bundle or BundleSettings(),
        instances=(),
    )


def not_raised(options: Options) -> set[str]:
    """The options that are not one more than when nothing is set."""
    default = type(options)().model_dump()
    return {name for name, value in options.model_dump().items() if not isinstance(value, int) or value != default[name] + 1}


def test_what_is_not_set_is_as_aslo_lint_has_it():
    assert inspection_limits(settings()) == InspectionLimits()
    assert build_limits(settings()) == BuildLimits()


def test_every_option_is_heard():
    bundle = BundleSettings(
        entries=20_001,
        directory_mib=9,
        name_bytes=1025,
        inflated_mib=385,
        file_mib=129,
        ratio=101,
        icon_kib=257,
        linfo_kib=9,
        languages=201,
        catalogue_mib=3,
        screenshots=65,
        screenshot_mib=5,
        screenshot_megapixels=17,
        findings_mib=5,
        inspection_wall_seconds=61,
        inspection_cpu_seconds=21,
        inspection_memory_mib=257,
    )
    assert not_raised(bundle) == {"version_agreement", "invalid_asset"}
    ours = inspection_limits(settings(BuildSettings(bundle_mib=193, processes=65), bundle))
    defaults = InspectionLimits()
    units = {name: getattr(ours, name) - getattr(defaults, name) for name in InspectionLimits.__dataclass_fields__}
    assert units == {
        "archive_bytes": 1 << 20,
        "entries": 1,
        "directory_bytes": 1 << 20,
        "name_bytes": 1,
        "entry_bytes": 1 << 20,
        "inflated_bytes": 1 << 20,
        "ratio": 1,
        "icon_bytes": 1 << 10,
        "linfo_bytes": 1 << 10,
        "linfo_languages": 1,
        "mo_bytes": 1 << 20,
        "screenshots": 1,
        "screenshot_bytes": 1 << 20,
        "screenshot_pixels": 1_000_000,
        "findings_bytes": 1 << 20,
        "wall_seconds": 1,
        "cpu_seconds": 1,
        "memory_bytes": 1 << 20,
        "processes": 1,
    }
    build = BuildSettings(
        workers=3,
        wall_seconds=301,
        cpu_seconds=121,
        step_seconds=901,
        memory_mib=1025,
        processes=65,
        scratch_mib=1025,
        bundle_mib=193,
    )
    assert not_raised(build) == {"builder", "per_owner", "run_setup_for"}
    limits = msgspec.structs.asdict(build_limits(settings(build)))
    same = {name for name, value in limits.items() if value == getattr(BuildLimits(), name)}
    assert same == {"log_bytes"}, "how much of a build's output is kept is no option"
