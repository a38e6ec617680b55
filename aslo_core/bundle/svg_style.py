"""The style sheets of an icon, turned into presentation attributes, so that no CSS is left that could reach into a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from aslo_core.bundle.svg_allowed import PROPERTIES

# A comment that does not end goes on to the end (CSS Syntax, section 4.3.2).
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SELECTOR = re.compile(r"(?P<element>[A-Za-z][\w-]*)?(?P<mark>[.#][\w-]+)?")
_LOCAL_URL = re.compile(r"""url\(\s*["']?#([\w.:-]{1,100})["']?\s*\)""")
_LONGEST_VALUE = 1_000
_UNSAFE = re.compile(r"url\s*\(|@|\\|[<>{}]|script:", re.IGNORECASE)
_FUNCTION = re.compile(r"[\w-]*\Z")
_LONGEST_FUNCTION = 20
# Those of colours (CSS Color 4) and of transforms (CSS Transforms 1). Others may fetch, such as url(), image-set() and src().
_FUNCTIONS = frozenset(
    {
        "",
        *("rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "icc-color", "device-cmyk", "calc"),
        *("matrix", "translate", "translatex", "translatey", "scale", "scalex", "scaley", "rotate", "skewx", "skewy"),
        *("rect", "inset", "circle", "ellipse", "polygon"),
    }
)


def references(value: str) -> list[str]:
    """Names of the elements that a value refers to by `url(#name)`."""
    return _LOCAL_URL.findall(value)


def safe(value: str) -> bool:
    """Whether a value refers to nothing outside the drawing and hides nothing behind escapes."""
    rest = _LOCAL_URL.sub("", value)
    return not _UNSAFE.search(rest) and all(name in _FUNCTIONS for name in _functions(rest))


def _functions(value: str) -> Iterator[str]:
    """Yield the names before opening brackets."""
    for before in value.split("(")[:-1]:
        yield _FUNCTION.findall(before[-_LONGEST_FUNCTION:])[0].lower()


def declarations(text: str) -> Iterator[tuple[str, str]]:
    """Yield the known properties of `property: value; …`, spelled as a presentation attribute."""
    for declaration in _COMMENT.sub("", text).split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        value = value.partition("!")[0].strip()
        if colon and name in PROPERTIES and len(value) <= _LONGEST_VALUE:
            yield name, value


class StyleSheet:
    """The rules of an icon's `style` elements; of selectors, only `name`, `.class`, `#id` and `name.class` are known.

    Args:
        texts: contents of the `style` elements, in order.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._rules: dict[tuple[str, str], dict[str, str]] = {}
        for text in texts:
            for rule in _COMMENT.sub("", text).split("}"):
                selectors, _, body = rule.rpartition("{")
                found = dict(declarations(body))
                for selector in selectors.split(","):
                    match = _SELECTOR.fullmatch(selector.strip())
                    if match and (match["element"] or match["mark"]):
                        self._rules.setdefault((match["element"] or "", match["mark"] or ""), {}).update(found)

    def matching(self, element: str, attributes: Mapping[str, str]) -> dict[str, str]:
        """Return the properties for an element, the more specific selector's last."""
        classes = [f".{name}" for name in attributes.get("class", "").split()]
        marks = ["", *classes, f"#{attributes.get('id', '')}"]
        found: dict[str, str] = {}
        for mark in marks:
            for name in ("", element):
                found.update(self._rules.get((name, mark), {}))
        return found
