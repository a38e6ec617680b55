"""The INI dialect of `activity.info` and `activity.linfo`: what Sugar reads (by Python's configparser), with warnings.

Sugar's answer must be ours: were a value read one way here and another way there, a bundle could be checked as one activity and
installed as another. So configparser itself reads; only interpolation is done here, since configparser's grows without bound.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

LARGEST = 64 * 1024
"""Bytes that such a file may have, and characters that a value may grow to."""

SECTION = "Activity"
_MOST_LINES = 1_000  # configparser takes quadratic time over lines that it cannot read
_TOKEN = re.compile(r"%(?:(?P<percent>%)|\((?P<key>[^)]+)\)s|(?P<bare>))")
# configparser's patterns take quadratic time over long white space.
_LONG_SPACE = re.compile(r"[^\S\n]{33,}")
_CURE = (
    f"Begin the file with the line [{SECTION}] and write one `key = value` a line; what goes on in a further line is indented."
)


@dataclass(frozen=True)
class Section:
    """What was asked for of section `[Activity]`.

    Attributes:
        values: key in lower case → value after interpolation; keys that the file lacks are not in it.
        warnings: what is odd in the file.
    """

    values: Mapping[str, str]
    warnings: tuple[BundleWarning, ...]


class _AsWrittenError(Exception):
    """A value cannot be interpolated, for this reason."""


def read_section(data: bytes, file: str, keys: Collection[str]) -> Section:
    """Read section `[Activity]`.

    Args:
        data: the file's bytes.
        file: what to call it in messages, for example `activity/activity.info`.
        keys: the keys that are wanted, in lower case.

    Raises:
        Permanent: `bundle.info-too-large`, `bundle.info-malformed` or `bundle.info-section-missing`.
    """
    for found, limit, what in ((len(data), LARGEST, "bytes"), (data.count(b"\n"), _MOST_LINES, "lines")):
        if found > limit:
            raise Permanent(
                "bundle.info-too-large",
                f"{file} has {found} {what}; the limit is {limit}.",
                "Shorten it; long texts belong on the activity's web site.",
            )
    warnings: list[BundleWarning] = []
    raw = _parsed(_decoded(data, file, warnings), file, warnings)
    values: dict[str, str] = {}
    for key in keys:
        if key not in raw:
            continue
        try:
            values[key] = _Interpolation(raw).expand(raw[key])
        except _AsWrittenError as reason:
            values[key] = raw[key]
            text = f"{file}: {key} is taken as it is written, because {reason}."
            warnings.append(BundleWarning("bundle.info-reference", text, file))
    return Section(values, tuple(warnings))


def _decoded(data: bytes, file: str, warnings: list[BundleWarning]) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        text = f"{file} begins with a byte order mark, which Sugar cannot read; save it as UTF-8 without one."
        warnings.append(BundleWarning("bundle.info-byte-order-mark", text, file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = f"{file} is not UTF-8 at byte {error.start} and was read as Latin-1; save it as UTF-8, as Sugar needs it."
        warnings.append(BundleWarning("bundle.info-encoding", text, file))
        return data.decode("latin-1")


def _parsed(text: str, file: str, warnings: list[BundleWarning]) -> dict[str, str]:
    text = _LONG_SPACE.sub(" " * 32, text)
    try:
        try:
            parser = _parser(text, file, strict=True)
        except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
            twice = error.option if isinstance(error, configparser.DuplicateOptionError) else f"[{error.section}]"
            found = f"{file}, line {error.lineno}: {shown(twice)} stands twice, which today's Sugar refuses; the last counts."
            warnings.append(BundleWarning("bundle.info-twice", found, file))
            parser = _parser(text, file, strict=False)
    except configparser.Error as error:
        raise Permanent("bundle.info-malformed", _malformed(error, file, text), _CURE) from error
    if not parser.has_section(SECTION):
        found = ", ".join(shown(name) for name in parser.sections()[:5]) or "none"
        raise Permanent("bundle.info-section-missing", f"{file} has no section [{SECTION}]; its sections: {found}.", _CURE)
    return dict(parser.items(SECTION))


def _parser(text: str, file: str, *, strict: bool) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=strict)
    parser.read_string(text, source=file)
    return parser


def _malformed(error: configparser.Error, file: str, text: str) -> str:
    """Name the first line that cannot be read."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"{file}, line {error.lineno}: {shown(error.line.strip())} stands before any section."
    if isinstance(error, configparser.ParsingError) and error.errors:
        number = error.errors[0][0]
        line = text.split("\n")[number - 1].strip()
        return f"{file}, line {number}: {shown(line)} is neither a section nor `key = value`."
    return f"{file}: {shown(error.message, 200)}."


class _Interpolation:
    """Substitutes `%(key)s` as configparser's BasicInterpolation does, but within bounds."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self._raw = raw
        self._room = LARGEST

    def expand(self, text: str, depth: int = 1) -> str:
        """Return the text with references replaced.

        Raises:
            _AsWrittenError: it has a bare `%`, names an unknown key, goes in a circle or grows too large.
        """
        if depth > configparser.MAX_INTERPOLATION_DEPTH:
            raise _AsWrittenError("its references go in a circle, or too deep")
        parts: list[str] = []
        end = 0
        for token in _TOKEN.finditer(text):
            parts += text[end : token.start()], self._replacement(token, depth)
            end = token.end()
        parts.append(text[end:])
        whole = "".join(parts)
        self._room -= len(whole) + 1
        if self._room < 0:
            raise _AsWrittenError(f"it would grow beyond {LARGEST} characters")
        return whole

    def _replacement(self, token: re.Match[str], depth: int) -> str:
        if token["percent"]:
            return "%"
        if token["key"] is None:
            raise _AsWrittenError("it has a bare % sign (write %%)")
        value = self._raw.get(token["key"].lower())
        if value is None:
            raise _AsWrittenError(f"it names {shown(token['key'])}, which the file lacks")
        return self.expand(value, depth + 1)
