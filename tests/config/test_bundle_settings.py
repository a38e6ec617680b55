"""`[bundle]`: what is allowed, and what makes no sense together."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('version_agreement = "lax"', '14: bundle.version_agreement: "lax"; it must be "warn" or "strict"'),
        ('invalid_asset = "keep"', '14: bundle.invalid_asset: "keep"; it must be "build" or "refuse"'),
        ("entries = 65535", "14: bundle.entries: 65535; it must be at most 65534"),
        ("inflated_mib = 4096", "14: bundle.inflated_mib: 4096; it must be at most 4095"),
        ("ratio = 0", "14: bundle.ratio: 0; it must be at least 1"),
        ("icon_bytes = 5", "14: bundle.icon_bytes: unknown key; "),
        ("file_mib = 400", "14: bundle.file_mib: bundle.file_mib is 400 and bundle.inflated_mib is 384; nothing of that size"),
        ("inflated_mib = 191", "14: bundle.inflated_mib: build.bundle_mib is 192 and bundle.inflated_mib is 191; nothing of"),
        ("screenshots = 257", "14: bundle.screenshots: 257 screenshots of 4 MiB; all of a release are on disk twice"),
        (
            "screenshot_mib = 17",
            "14: bundle.screenshot_mib: 64 screenshots of 17 MiB; all of a release are on disk twice at a time",
        ),
    ],
)
def test_limits_that_are_refused(configurations, lines: str, problem: str):
    (told,) = configurations.problems(f"{configurations.sample('')}[bundle]\n{lines}\n")
    assert told.startswith(f"aslo.toml:{problem}")


@pytest.mark.parametrize(
    "lines",
    [
        "inflated_mib = 4095\nfile_mib = 4095",
        "inflated_mib = 192",
        "screenshots = 0\nscreenshot_mib = 64",
        "screenshots = 256",
    ],
)
def test_limits_at_their_ends(configurations, lines: str):
    configurations.settings(f"{configurations.sample('')}[bundle]\n{lines}\n")


def test_a_bundle_larger_than_all_that_it_may_hold_is_told_where_it_is_written(configurations):
    (told,) = configurations.problems(f"{configurations.sample('')}[bundle]\n[build]\nbundle_mib = 385\n")
    assert "build.bundle_mib is 385 and bundle.inflated_mib is 384" in told
    assert "make bundle_mib at most 384, or inflated_mib at least 385" in told
