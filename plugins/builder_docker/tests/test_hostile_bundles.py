"""Bundles that cost more than they may are refused in a container as they are in every other builder."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aslo_core.api import Builder, Permanent
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.testing.hostile import COSTLY, Hostile, hostile_bundles

SECONDS = 15  # on a busy machine; to the limit of the whole inspection, it is 20 of processor time


@pytest.mark.timeout(600)
def test_drawings_that_take_too_long_are_refused_for_that(make_builder: Callable[..., Builder], tmp_path: Path) -> None:
    builder = make_builder(warm=0)
    costly = [hostile for hostile in hostile_bundles() if set(hostile.rules) & set(COSTLY)]
    assert len(costly) > 3
    assert {hostile.name: wrong for hostile in costly if (wrong := refused(builder, hostile, tmp_path))} == {}


def refused(builder: Builder, hostile: Hostile, folder: Path) -> str:
    """Inspect one, and return what is wrong with how that ended, or nothing."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        bundle = Path(name, "bundle.xo")
        bundle.write_bytes(hostile.bundle)
        try:
            inspect_confined(
                builder.inspect,
                bundle,
                None,
                InspectionLimits(),
                folder=Path(name),
                keep=lambda _blob, _data: None,
                log=lambda _piece: None,
            )
        except Permanent as error:
            if error.rule not in hostile.rules:
                return f"{error.rule} instead of {hostile.rules}: {error.found[:300]}"
            took = time.monotonic() - begun
            return "" if took < SECONDS else f"refused after {took:.0f} s"
    return "accepted"
