"""`[bundle]`: what a bundle may contain, and what is made of one that is not as its release says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aslo_core.types import Options


class BundleSettings(Options):
    """`[bundle]`: what a bundle may contain, built or attached, and what becomes of one that is not as its release says.

    How large it may be as a file is `bundle_mib` in `[build]`. A release that hits a limit is rejected, and told which one it
    was and how large; of screenshots and translations, those beyond a limit are left out, with a warning.
    """

    version_agreement: Literal["warn", "strict"] = "warn"
    """What becomes of a release whose tag (`v29`, `Maze-29`) or attached file (`Maze-29.xo`) states another version than its
    bundle's `activity_version`: `warn` publishes it with a warning, `strict` rejects it. A tag may state no version."""

    invalid_asset: Literal["build", "refuse"] = "build"
    """What becomes of a release whose attached bundle breaks a rule: `build` makes the bundle of the source in its place, with
    a warning that tells the rule; `refuse` rejects the release."""

    entries: Annotated[int, Field(ge=1, le=65534)] = 20_000
    """Files and directories in a bundle. A ZIP archive cannot have more than 65534 without Zip64, which Sugar need not read."""

    directory_mib: Annotated[int, Field(ge=1, le=64)] = 8
    """Size of the archive's own directory, which is read as a whole, in MiB."""

    name_bytes: Annotated[int, Field(ge=64, le=4096)] = 1024
    """Length of a path in a bundle, in bytes; Linux opens none beyond 4096."""

    inflated_mib: Annotated[int, Field(ge=1, le=4095)] = 384
    """Size of all files together once unpacked, in MiB."""

    file_mib: Annotated[int, Field(ge=1, le=4095)] = 128
    """Size of one file once unpacked, in MiB."""

    ratio: Annotated[int, Field(ge=1, le=1032)] = 100
    """How many times larger than the bundle all files may be once unpacked; not looked at below 8 MiB. Deflate itself reaches
    no more than 1032."""

    icon_kib: Annotated[int, Field(ge=1, le=4096)] = 256
    """Size of the icon, in KiB."""

    linfo_kib: Annotated[int, Field(ge=1, le=1024)] = 8
    """Size of one `activity.linfo`, the translation of name and summary into one language, in KiB."""

    languages: Annotated[int, Field(ge=1, le=1000)] = 200
    """Languages that name and summary are translated into; what is beyond is left out."""

    catalogue_mib: Annotated[int, Field(ge=1, le=64)] = 2
    """Size of one compiled translation, `locale/<language>/LC_MESSAGES/*.mo`, in MiB. A larger one is not looked into, with a
    warning."""

    screenshots: Annotated[int, Field(ge=0, le=1000)] = 64
    """Screenshots that are kept of a release; those beyond are left out."""

    screenshot_mib: Annotated[int, Field(ge=1, le=64)] = 4
    """Size of one screenshot, in MiB; a larger one is left out."""

    screenshot_megapixels: Annotated[int, Field(ge=1, le=1000)] = 16
    """Width times height of one screenshot, in millions of pixels; a larger one is left out."""

    findings_mib: Annotated[int, Field(ge=1, le=64)] = 4
    """Size of what an inspection tells of a bundle, without the pictures, in MiB."""

    inspection_wall_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds that the inspection of a bundle may take."""

    inspection_cpu_seconds: Annotated[int, Field(ge=1, le=3600)] = 20
    """Seconds of processor time that it may take."""

    inspection_memory_mib: Annotated[int, Field(ge=64, le=65536)] = 256
    """Memory that it may take, in MiB, as the builder can limit it."""
