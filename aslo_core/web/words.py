"""Values as words: times, sizes, and texts of developers made safe to show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from aslo_core.plain_text import one_line

_THOUSAND = 1000
_LONGEST = 300
_LONGEST_LINK = 2000
_LONGEST_PROSE = 6000
_CODE = re.compile(r"`([^`\n]+)`")


def at(us: int) -> datetime:
    """The time that lies `us` microseconds after 1970-01-01 UTC."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)


def day(time: datetime) -> Markup:
    """A `<time>` element that shows the day."""
    return _time(time, "%Y-%m-%d")


def moment(time: datetime) -> Markup:
    """A `<time>` element that shows the minute."""
    return _time(time, "%Y-%m-%d %H:%M UTC")


def second(time: datetime) -> Markup:
    """A `<time>` element that shows the second."""
    return _time(time, "%Y-%m-%d %H:%M:%S UTC")


def _time(time: datetime, shown: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(time.strftime("%Y-%m-%dT%H:%M:%SZ"), time.strftime(shown))


def size(count: int) -> str:
    """Bytes in words: `512 bytes`, `4.3 kB`, `12.0 MB`."""
    if count < _THOUSAND:
        return "1 byte" if count == 1 else f"{count} bytes"
    number = count / _THOUSAND
    for unit in ("kB", "MB"):
        if round(number, 1) < _THOUSAND:
            return f"{number:.1f} {unit}"
        number /= _THOUSAND
    return f"{number:.1f} GB"


def plain(text: str, longest: int = _LONGEST) -> str:
    """A text of a developer on one line, without what a page would act upon, cut when too long."""
    return one_line(text, longest)


def web_link(address: str) -> str:
    """The address if a browser may follow it (http or https), else an empty string."""
    if len(address) > _LONGEST_LINK or any(character <= " " for character in address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""


def prose(text: str, longest: int = _LONGEST_PROSE) -> str:
    """A text of a developer with its lines kept, each made `plain`; cut when too long."""
    lines = (plain(line, longest) for line in text[: longest * 4].splitlines())
    kept = "\n".join(lines).strip()
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def coded(sentence: str) -> Markup:
    """A sentence of ASLO's with what stands between backticks in it as `<code>` elements; everything is escaped."""
    parts = _CODE.split(sentence)  # every other one stood between backticks
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts))


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "moment": moment,
    "second": second,
    "size": size,
    "plain": plain,
    "prose": prose,
    "coded": coded,
}
"""What templates call these by."""
