"""How much of everything a bundle may have."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
ICON_PIXELS = (96, 192, 512)
"""Sides of the pictures that are made of an icon: for pages and programs, for home screens, for previews of a page."""
ICON_PICTURE_BYTES = 2 * MIB
"""Size of one of them at most; as bare pixels, the largest has half of that."""


@dataclass(frozen=True)
class InspectionLimits:
    """Limits of one inspection. The defaults bear every activity known, and keep it below 2 s and 256 MiB of memory.

    Attributes:
        archive_bytes: size of the file.
        entries: entries in it, directories included.
        directory_bytes: size of its central directory, which is read as a whole.
        name_bytes: length of an entry's path in bytes.
        entry_bytes: size of one entry once inflated.
        inflated_bytes: size of all entries once inflated.
        ratio: how many times larger than the file all entries may be once inflated; not looked at below 8 MiB.
        icon_bytes: size of the icon.
        linfo_bytes: size of one `activity.linfo`.
        linfo_languages: languages that have one.
        mo_bytes: size of one compiled translation.
        screenshots: screenshots that are kept.
        screenshot_bytes: size of one of them.
        screenshot_pixels: width times height of one of them.
        findings_bytes: size of what is told of all this, without the pictures.
        wall_seconds: time that an inspection may take.
        cpu_seconds: processor time that it may take.
        memory_bytes: memory that it may take, as the builder can limit it, besides the file itself.
        processes: processes and threads that it may have.
    """

    archive_bytes: int = 192 * MIB
    entries: int = 20_000
    directory_bytes: int = 8 * MIB
    name_bytes: int = 1_024
    entry_bytes: int = 128 * MIB
    inflated_bytes: int = 384 * MIB
    ratio: int = 100
    icon_bytes: int = 256 * 1024
    linfo_bytes: int = 8 * 1024
    linfo_languages: int = 200
    mo_bytes: int = 2 * MIB
    screenshots: int = 64
    screenshot_bytes: int = 4 * MIB
    screenshot_pixels: int = 16_000_000
    findings_bytes: int = 4 * MIB
    wall_seconds: int = 60
    cpu_seconds: int = 20
    memory_bytes: int = 256 * MIB
    processes: int = 64
