"""The limits in `aslo.toml` are those that builds and inspections have."""

from __future__ import annotations

from pathlib import Path

import msgspec

from aslo_core.bootstrap.limits import build_limits, inspection_limits
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.config import Settings
from aslo_core.config.bundle_settings import BundleSettings
from aslo_core.config.settings import BrokerSettings, BuildSettings, DataSettings, ServerSettings
from aslo_core.types import BuildLimits


def settings(build: BuildSettings | None = None, bundle: BundleSettings | None = None) -> Settings:
    return Settings(
        path=Path("aslo.toml"),
        server=ServerSettings(),
        data=DataSettings(),
        broker=BrokerSettings(),
        build=build or BuildSettings(),
        bundle=bundle or BundleSettings(),
        instances=(),
    )


def test_what_is_not_set_is_as_aslo_lint_has_it():
    assert inspection_limits(settings()) == InspectionLimits()
    assert build_limits(settings()) == BuildLimits()


def test_every_option_is_heard():
    changed = {name: value + 1 for name, value in BundleSettings().model_dump().items() if isinstance(value, int)}
    build = BuildSettings(bundle_mib=193, processes=65)
    ours, defaults = inspection_limits(settings(build, BundleSettings(**changed))), InspectionLimits()
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
    changed = {name: value + 1 for name, value in BuildSettings().model_dump().items() if isinstance(value, int)}
    limits = msgspec.structs.asdict(build_limits(settings(BuildSettings(**changed))))
    same = {name for name, value in limits.items() if value == getattr(BuildLimits(), name)}
    assert same == {"log_bytes"}, "how much of a build's output is kept is no option"
