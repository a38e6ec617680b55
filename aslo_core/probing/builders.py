"""Tries a builder by what it is there for: builds a small activity, has it inspected, and looks at what came out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import msgspec

from aslo_core.bundle.digest import content_digest
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.source import write_source_tar
from aslo_core.errors import AsloError
from aslo_core.probing.attempts import attempt
from aslo_core.types import Builder, BuildLimits, BuildRequest, Probed

_WALL_SECONDS = 45
"""Less than half of a probe's time, so that the builder itself ends what hangs, and removes it."""

_ROOT = "Hello.activity"
_INFO = """\
[Activity]
name = Hello
bundle_id = org.sugarlabs.aslo.Hello
exec = sugar-activity3 hello.Hello
icon = hello
activity_version = 1
license = Apache-2.0
"""
_ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="55" height="55"><rect x="9" y="9" width="37" height="37"/></svg>\n'
_FILES: Mapping[str, str] = MappingProxyType(
    {
        "activity/activity.info": _INFO,
        "activity/hello.svg": _ICON,
        "hello.py": "class Hello:\n    pass\n",
        "setup.py": "from sugar3.activity import bundlebuilder\n\nbundlebuilder.start()\n",
    }
)


def probe_builder(
    builder: Builder, build_limits: BuildLimits, inspection_limits: InspectionLimits, folder: Path
) -> Iterator[Probed]:
    """Build and inspect a small activity under the limits of the configuration, or less time.

    Args:
        builder: who builds.
        build_limits: what a build may use.
        inspection_limits: what a bundle may have, and its inspection may use.
        folder: an empty folder of the probe's own.
    """
    isolated = attempt("isolation", lambda: f"{builder.isolation.level} ({builder.isolation.detail})")
    yield isolated
    if isolated.verdict == "bad":
        return
    source, bundle = folder / "source.tar", folder / "hello.xo"
    built = attempt("hello build", lambda: _build(builder, build_limits, source, bundle))
    yield built
    if built.verdict == "good":
        yield attempt("inspection", lambda: _inspect(builder, inspection_limits, source, bundle))


def _build(builder: Builder, limits: BuildLimits, source: Path, bundle: Path) -> str:
    tree = source.parent / "tree"
    for name, text in _FILES.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    write_source_tar(tree, tuple(_FILES), source)
    started = time.monotonic()
    hasty = msgspec.structs.replace(limits, wall_seconds=min(limits.wall_seconds, _WALL_SECONDS))
    builder.build(BuildRequest(source=source, bundle=bundle, limits=hasty), _unheard)
    maker = f"{builder.toolchain.name} {builder.toolchain.version}"
    return f"{bundle.stat().st_size:,} bytes in {time.monotonic() - started:.1f} s by {maker}"


def _inspect(builder: Builder, limits: InspectionLimits, source: Path, bundle: Path) -> str:
    scratch = source.parent / "inspection"
    scratch.mkdir()
    hasty = replace(limits, wall_seconds=min(limits.wall_seconds, _WALL_SECONDS))
    found = inspect_confined(
        builder.inspect, bundle, source, hasty, folder=scratch, keep=lambda _blob, _data: None, log=_unheard
    )
    expected = content_digest((f"{_ROOT}/{name}", hashlib.sha256(text.encode()).hexdigest()) for name, text in _FILES.items())
    if found.content_digest != expected:
        raise AsloError(f"expected a bundle with the content {expected}, found {found.content_digest}: it packs other files")
    return f"{found.metadata.name} {found.metadata.version}, with the expected content"


def _unheard(_piece: bytes) -> None:
    """Take the log of a build that nobody asked for: what is wrong is in the error."""
