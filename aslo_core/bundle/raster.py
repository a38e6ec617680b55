"""Draws a cleaned icon as PNG pictures, for where no SVG is shown: previews in messengers, home screens, other programs.

What draws is the one thing in a sandbox that is not of the standard library. It would read a file that a drawing refers to;
cleaned ones refer to none. No fonts are read: pictures are the same on every machine.
"""

from __future__ import annotations

import gc
import os
import re
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

import resvg_py

from aslo_core.bundle.limits import ICON_PICTURE_BYTES, ICON_PIXELS, MIB
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

_MOST_SECONDS = 1
_MOST_MEMORY = 128 * MIB
_STATM = Path("/proc/self/statm")
_ROOT = re.compile(r"<svg\b[^>]*>")
_SIDES = re.compile(r"""\s(?:width|height)=(?:"[^"]*"|'[^']*')""")
_TEXT = re.compile(r"<text\b")
_LENGTH_BYTES = 4


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

    A process of its own draws, which the kernel ends when that takes too much processor time or memory: no bound on what stands
    in a drawing would tell how much it takes. Ordinary icons take some hundredths of a second, and some megabytes. Where there
    may be no further process, this one draws, and is ended itself.

    Args:
        svg: what `clean_icon` gives, whose attributes have no `>` in them.
        file: where it lies in the bundle, for warnings.

    Returns:
        The pictures, none where it cannot be drawn, and what its author may want to know.

    Raises:
        Permanent: `bundle.icon-too-costly`.
    """
    try:
        drawn, fault = _drawn_apart(svg, file)
    except BlockingIOError:
        # Where a program could leave its group by it, it may have no further process: the inspection's own limits hold.
        drawn, fault = _drawn_here(svg)
    if len(drawn) < len(ICON_PIXELS):
        return (), (BundleWarning("bundle.icon-undrawn", f"The icon cannot be drawn as a picture: {shown(fault)}.", file),)
    if _TEXT.search(svg):
        return drawn, (BundleWarning("bundle.icon-text", "The icon's text is not in its pictures, which know no fonts.", file),)
    return drawn, ()


def _drawn_apart(svg: str, file: str) -> tuple[tuple[IconPicture, ...], str]:
    """Draw in a process of its own; give what was drawn, and why that is not all.

    Raises:
        Permanent: `bundle.icon-too-costly`.
        BlockingIOError: there may be no further process.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as told:
        try:
            child = _fork()
            if child == 0:
                _draw(svg, writing)
        finally:
            os.close(writing)
        drawn = tuple(picture for pixels in ICON_PIXELS if (picture := _picture(pixels, told)))
        fault = told.read(ICON_PICTURE_BYTES).decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise Permanent(
            "bundle.icon-too-costly",
            f"Drawing the icon takes more than {_MOST_SECONDS} second of processor time or {_MOST_MEMORY} bytes of memory.",
            "Simplify the drawing: fewer masks, patterns, markers and layers.",
            file=file,
        )
    return drawn, fault


def _drawn_here(svg: str) -> tuple[tuple[IconPicture, ...], str]:
    """Draw in this process, which too much processor time ends (SIGXCPU); give what was drawn, and why that is not all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    _lower(resource.RLIMIT_CPU, int(time.process_time()) + _MOST_SECONDS + 1)
    try:
        return tuple(IconPicture(pixels, _drawn(svg, pixels)) for pixels in ICON_PIXELS), ""
    except BaseException as error:
        # What Rust panics with is no Exception, and its class has no name to import it by.
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        return (), str(error)
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _fork() -> int:
    with warnings.catch_warnings():
        # Threads of this process are of no concern to the new one: it draws, and ends without going back to what they hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _draw(svg: str, pipe: int) -> NoReturn:
    """Write each picture with its length before it, or a length of zero and why there is none; then end this process."""
    gc.disable()  # to look for what can go, in all that the other process has, would copy it and take the time that there is
    with os.fdopen(pipe, "wb") as output:
        try:
            _lower(resource.RLIMIT_CPU, _MOST_SECONDS)
            _lower(resource.RLIMIT_AS, _addresses() + _MOST_MEMORY)
            for pixels in ICON_PIXELS:
                image = _drawn(svg, pixels)
                output.write(len(image).to_bytes(_LENGTH_BYTES) + image)
        except BaseException as error:  # noqa: BLE001 - what Rust panics with is no Exception, and nothing may leave this process
            output.write(bytes(_LENGTH_BYTES) + str(error).encode(errors="replace"))
        output.flush()
        sys.stderr.flush()
        os._exit(0)


def _lower(kind: int, most: int) -> None:
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (min(limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY), hard))


def _addresses() -> int:
    """Bytes of addresses that this process has (proc(5)); where nothing tells, the memory of the sandbox is limit enough."""
    try:
        return int(_STATM.read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 40


def _picture(pixels: int, told: IO[bytes]) -> IconPicture | None:
    length = int.from_bytes(told.read(_LENGTH_BYTES))
    image = told.read(length)
    return IconPicture(pixels, image) if length and len(image) == length else None


def _drawn(svg: str, pixels: int) -> bytes:
    return resvg_py.svg_to_bytes(svg_string=_sized(svg, pixels), skip_system_fonts=True)


def _sized(svg: str, pixels: int) -> str:
    """Give the drawing its size in its root element; its `viewBox` then scales it."""
    root = _ROOT.match(svg)
    if root is None:
        raise ValueError("it does not begin with its root element")
    tag = _SIDES.sub("", root[0])
    return f'{tag[:4]} width="{pixels}" height="{pixels}"{tag[4:]}{svg[root.end() :]}'
