"""Draws a cleaned icon as PNG pictures, for where no SVG is shown: previews in messengers, home screens, other programs.

What draws is the one thing in a sandbox that is not of the standard library. It would read a file that a drawing refers to;
cleaned ones refer to none. No fonts are read: pictures are the same on every machine.
"""

from __future__ import annotations

import contextlib
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import resvg_py

from aslo_core.bundle.limits import ICON_PIXELS
from aslo_core.bundle.warning import BundleWarning
from aslo_core.plain_text import shown

_LEAST_SECONDS = 0.5
_MOST_MEMORY = 192 << 20
_STATM = Path("/proc/self/statm")
_ROOT = re.compile(r"<svg\b[^>]*>")
_SIDES = re.compile(r"""\s(?:width|height)=(?:"[^"]*"|'[^']*')""")
_TEXT = re.compile(r"<text\b")


class IconPicture(NamedTuple):
    """An icon as a picture.

    Attributes:
        pixels: its width, and its height.
        image: the PNG file.
    """

    pixels: int
    image: bytes


def pictures(svg: str, file: str) -> tuple[tuple[IconPicture, ...], tuple[BundleWarning, ...]]:
    """Draw an icon at each of `ICON_PIXELS`, centred in a square without a ground.

    A drawing that takes more than a second of processor time ends the whole process (SIGXCPU), as does one that takes more
    memory (SIGABRT), since no bound on what stands in it would tell how much it takes. Ordinary icons take some hundredths, and
    some megabytes.

    Args:
        svg: what `clean_icon` gives, whose attributes have no `>` in them.
        file: where it lies in the bundle, for warnings.

    Returns:
        The pictures, none where it cannot be drawn, and what its author may want to know.
    """
    try:
        with _bounded():
            drawn = tuple(IconPicture(pixels, _drawn(svg, pixels)) for pixels in ICON_PIXELS)
    except BaseException as error:
        # What Rust panics with is no Exception, and its class has no name to import it by.
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        return (), (BundleWarning("bundle.icon-undrawn", f"The icon cannot be drawn as a picture: {shown(str(error))}.", file),)
    if _TEXT.search(svg):
        return drawn, (BundleWarning("bundle.icon-text", "The icon's text is not in its pictures, which know no fonts.", file),)
    return drawn, ()


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """Lower the limits of processor time, to a whole second half a second away or more, as the kernel counts, and of memory."""
    with (
        _lowered(resource.RLIMIT_CPU, int(time.process_time() + _LEAST_SECONDS) + 1),
        _lowered(resource.RLIMIT_AS, _addresses() + _MOST_MEMORY),
    ):
        yield


def _addresses() -> int:
    """Bytes of addresses that this process has (proc(5)); where nothing tells, the memory of the sandbox is limit enough."""
    try:
        return int(_STATM.read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 40


@contextlib.contextmanager
def _lowered(kind: int, most: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if soft == resource.RLIM_INFINITY else min(soft, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def _drawn(svg: str, pixels: int) -> bytes:
    return resvg_py.svg_to_bytes(svg_string=_sized(svg, pixels), skip_system_fonts=True)


def _sized(svg: str, pixels: int) -> str:
    """Give the drawing its size in its root element; its `viewBox` then scales it."""
    root = _ROOT.match(svg)
    if root is None:
        raise ValueError("it does not begin with its root element")
    tag = _SIDES.sub("", root[0])
    return f'{tag[:4]} width="{pixels}" height="{pixels}"{tag[4:]}{svg[root.end() :]}'
