"""What an inspector says, read as if somebody else had written it: whoever takes the inspector over gets no further by it.

Its form: a line of JSON, then the pictures that it names, one after the other and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import IO, Annotated, Any, NoReturn

import msgspec
from msgspec import Meta

from aslo_core.bundle.activity_info import is_bundle_id, is_web_address
from aslo_core.bundle.limits import ICON_PICTURE_BYTES, ICON_PIXELS, InspectionLimits
from aslo_core.bundle.png import told_size
from aslo_core.bundle.toolkit import TOOLKITS
from aslo_core.bundle.versions import Version
from aslo_core.bundle.warning import LONGEST_WARNING, MOST_WARNINGS, BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import plain, shown
from aslo_core.types import Blob, IconPicture, Metadata, Screenshot, Value

_LONGEST_FILE_NAME = 255
_CODE = re.compile(r"(?:bundle|source)\.[a-z0-9-]{1,60}")

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
"""SHA-256."""
Positive = Annotated[int, Meta(gt=0)]
"""A count or a length."""


class FoundIcon(Value):
    """As `aslo_core.bundle.raster` draws it."""

    pixels: Positive
    digest: Digest
    size: Positive


class FoundScreenshot(Value):
    """As `aslo_core.bundle.screenshots` finds it."""

    path: str
    language: Annotated[str, Meta(pattern="^[A-Za-z0-9_@]{2,32}$")]
    digest: Digest
    size: Positive
    width: Positive
    height: Positive


class Findings(Value):
    """What is known of a bundle that keeps all rules; `aslo_core.bundle.inspection.Inspection` explains the fields."""

    metadata: Metadata
    content_digest: Digest
    entries: Positive
    icons: tuple[FoundIcon, ...]
    screenshots: tuple[FoundScreenshot, ...]
    warnings: Annotated[tuple[BundleWarning, ...], Meta(max_length=MOST_WARNINGS + 1)]

    def icon_pictures(self) -> tuple[IconPicture, ...]:
        """The icon's pictures as they are recorded."""
        return tuple(IconPicture(image=_png(found.digest, found.size), pixels=found.pixels) for found in self.icons)

    def screenshot_pictures(self) -> tuple[Screenshot, ...]:
        """The screenshots as they are recorded."""
        return tuple(
            Screenshot(language=found.language, image=_png(found.digest, found.size), width=found.width, height=found.height)
            for found in self.screenshots
        )


_FINDINGS = msgspec.json.Decoder(Findings)


def read_findings(file: IO[bytes], limits: InspectionLimits, keep: Callable[[Blob, bytes], None]) -> Findings:
    """Read and check what an inspector wrote.

    Args:
        file: at its beginning.
        limits: those of the inspection.
        keep: takes each picture, once its size and digest are known to be what the document says.

    Raises:
        Permanent: `bundle.inspection-findings`: no inspector of ours writes this.
    """
    line = file.readline(limits.findings_bytes + 1)
    if not line.endswith(b"\n"):
        _unlike("its document does not end, or is too long")
    try:
        findings = _cleaned(_FINDINGS.decode(line))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        _unlike(f"its document cannot be read: {shown(str(error), 200)}")
    _check(findings.metadata)
    if any(len(warning.text) > LONGEST_WARNING or not _CODE.fullmatch(warning.rule) for warning in findings.warnings):
        _unlike("a warning is longer than it may be, or of no rule")
    if len(findings.screenshots) > limits.screenshots or not {icon.pixels for icon in findings.icons} <= {*ICON_PIXELS}:
        _unlike("it has more pictures than there may be, or of other sizes")
    for icon in findings.icon_pictures():
        keep(icon.image, _picture(file, icon.image, (icon.pixels, icon.pixels), ICON_PICTURE_BYTES))
    for shot in findings.screenshot_pictures():
        if shot.width * shot.height > limits.screenshot_pixels:
            _unlike("a picture has more pixels than it may have")
        keep(shot.image, _picture(file, shot.image, (shot.width, shot.height), limits.screenshot_bytes))
    if file.read(1):
        _unlike("something follows its pictures")
    return findings


def _picture(file: IO[bytes], image: Blob, size: tuple[int, int], most: int) -> bytes:
    if image.size > most:
        _unlike("a picture is larger than it may be")
    data = file.read(image.size)
    if hashlib.sha256(data).hexdigest() != image.digest or told_size(data) != size:
        _unlike("a picture is another one than it says")
    return data


def _png(digest: str, size: int) -> Blob:
    return Blob(digest=digest, size=size, suffix=".png")


def _cleaned(findings: Findings) -> Findings:
    """Take out of all texts what a page or a terminal would act upon."""

    def clean(value: Any) -> Any:
        match value:
            case str():
                return plain(value)
            case list() | tuple():
                return [clean(item) for item in value]
            case dict():
                return {key: clean(item) for key, item in value.items()}
            case _:
                return value

    return msgspec.convert(clean(msgspec.to_builtins(findings)), Findings)


def _check(metadata: Metadata) -> None:
    """Check what others rely on: that it can name things, be compared, and be linked to."""
    if not is_bundle_id(metadata.bundle_id):
        _unlike(f"it calls the activity {shown(metadata.bundle_id)}")
    for version in (metadata.version, metadata.min_sugar):
        try:
            Version.parse(version)
        except Permanent:
            _unlike(f"it calls {shown(version)} a version")
    name = metadata.file_name
    if not name.endswith(".xo") or name.startswith((".", "-")) or len(name.encode()) > _LONGEST_FILE_NAME or {*"/\\"} & {*name}:
        _unlike(f"it calls the bundle {shown(name)}")
    if not all(is_web_address(address) for address in (metadata.url, metadata.repository) if address):
        _unlike("it has an address that leads to no web page")
    if metadata.toolkit not in TOOLKITS or not metadata.icon.startswith("<svg "):
        _unlike("it has an unknown toolkit, or an icon that is no drawing")


def _unlike(why: str) -> NoReturn:
    raise Permanent(
        "bundle.inspection-findings",
        f"What the inspection of the bundle says is not what it can say: {why}.",
        "The bundle may do this to its inspection on purpose. If it does not, tell the operator of this server.",
    )
