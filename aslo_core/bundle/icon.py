"""The icon of an activity, as SVG that can be put before people: shapes and paint alone, by an allow-list."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from aslo_core.bundle.png import png_size
from aslo_core.bundle.svg_allowed import ATTRIBUTES, ELEMENTS, GROUPS, SHAPES, SILENTLY_DROPPED, SVG, TEXTS, XLINK
from aslo_core.bundle.svg_prolog import CURE, without_prolog
from aslo_core.bundle.svg_style import StyleSheet, declarations, references, safe
from aslo_core.errors import Permanent
from aslo_core.plain_text import plain, shown

_DEEPEST = 60
_MOST_DRAWN = 20_000
_MOST_PIXELS = 1_000_000
_GROWTH = 4
_ROOM_OF_ELEMENT = 16
_REFERRING = frozenset({"use", "linearGradient", "radialGradient", "pattern"})
_LOCAL_HREF = re.compile(r"#([\w.:-]{1,100})")
_LENGTH = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{0,9})?)(?:px)?\s*")


@dataclass(frozen=True)
class Icon:
    """A cleaned icon.

    Attributes:
        svg: the drawing; no DOCTYPE, script, style sheet, event handler or reference out of it.
        warnings: what was left out that its author may miss, a sentence each.
    """

    svg: str
    warnings: tuple[str, ...]


def clean_icon(data: bytes, limit: int) -> Icon:
    """Clean an icon.

    Args:
        data: the file's bytes.
        limit: bytes that it may have; the result may have four times as many characters.

    Raises:
        Permanent: `bundle.icon-…` where no safe drawing can be made of it.
    """
    if len(data) > limit:
        raise Permanent(
            "bundle.icon-too-large",
            f"The icon has {len(data)} bytes; the limit is {limit} ([bundle] icon_kib).",
            "Simplify the drawing.",
        )
    cleaning = _Cleaning(_parsed(without_prolog(data, _GROWTH * limit)), room=_GROWTH * limit)
    root = cleaning.result()
    _check_amount(root)
    svg = tostring(root, encoding="unicode")
    left_out = ", ".join(shown(what, 40) for what in list(cleaning.left_out)[:8])
    return Icon(svg, (f"The icon's {left_out} is left out.",) if left_out else ())


def _parsed(text: str) -> Element:
    """Parse what begins with the root element, so that no DOCTYPE can follow and the parser knows no entity but XML's own."""
    try:
        root = fromstring(text)  # noqa: S314 - see above; entities were substituted, within a limit
    except (ParseError, ValueError) as error:
        raise Permanent("bundle.icon-malformed", f"The icon is not well-formed XML: {shown(str(error), 200)}.", CURE) from error
    if _split(root.tag) != (SVG, "svg"):
        raise Permanent("bundle.icon-malformed", f"The icon's root element is {shown(root.tag)}, not svg.", CURE)
    return root


def _split(name: object) -> tuple[str, str]:
    """Split `{namespace}name`; what has no namespace counts as SVG, as old icons have it."""
    space, brace, local = str(name).rpartition("}")
    return (space.removeprefix("{") if brace else SVG), local


class _Cleaning:
    """Copies what is allowed into a new tree, whose names need no prefixes."""

    def __init__(self, root: Element, room: int) -> None:
        self._root = root
        self._room = room
        self._style = StyleSheet(element.text or "" for element in root.iter() if _split(element.tag) == (SVG, "style"))
        self.left_out: dict[str, None] = {}

    def result(self) -> Element:
        clean = Element("svg", {"xmlns": SVG, **self._attributes(self._root, "svg")})
        _add_view_box(clean)
        # Depth first by hand: recursion would end at a depth that its author chooses.
        todo = [(self._root, clean, 1)]
        while todo:
            source, target, depth = todo.pop()
            if depth > _DEEPEST:
                _too_complex(f"is nested deeper than {_DEEPEST} elements")
            todo += [(child, copy, depth + 1) for child, copy in self._children(source, target)]
        self._name_once(clean)
        return clean

    def _name_once(self, clean: Element) -> None:
        """Keep the first of several elements with one name: programs disagree about which of them a reference means."""
        names: set[str] = set()
        for element in clean.iter():
            if (name := element.get("id")) in names:
                del element.attrib["id"]
                self.left_out[f"second id {name}"] = None
            elif name is not None:
                names.add(name)

    def _children(self, source: Element, target: Element) -> Iterator[tuple[Element, Element]]:
        characters = target.tag in TEXTS
        if characters:
            target.text = plain(source.text or "")
        for child in source:
            space, name = _split(child.tag)
            kept = "g" if name in GROUPS else name
            if space != SVG or kept not in ELEMENTS or (kept == "image" and not _is_picture(_href(child))):
                if space == SVG and name not in SILENTLY_DROPPED:
                    self.left_out[name] = None
                continue
            copy = SubElement(target, kept, self._attributes(child, kept))
            if characters:
                copy.tail = plain(child.tail or "")
            yield child, copy

    def _attributes(self, element: Element, name: str) -> dict[str, str]:
        """Return the allowed attributes; style sheets win over attributes, and the element's own style over both."""
        given = {_split(key): value for key, value in element.attrib.items()}
        own = {key: value for (space, key), value in given.items() if space == SVG}
        styled = own | self._style.matching(name, own) | dict(declarations(own.get("style", "")))
        href = _href(element)
        self._room -= _ROOM_OF_ELEMENT + len(href) + sum(len(key) + len(value) for key, value in styled.items())
        if self._room < 0:
            _too_complex("has too many elements, or its style sheets make too many attributes")
        kept = {key: plain(value) for key, value in styled.items() if key in ATTRIBUTES and self._allowed(key, value)}
        if name == "image" or (name in _REFERRING and _LOCAL_HREF.fullmatch(href)):
            kept["href"] = href
        elif name in _REFERRING and href:
            self.left_out[f"reference to {href}"] = None
        self.left_out.update((key, None) for key in own if key.lower().startswith("on"))
        return kept

    def _allowed(self, key: str, value: str) -> bool:
        if safe(value):
            return True
        self.left_out[f"{key} {value}"] = None
        return False


def _href(element: Element) -> str:
    return element.get("href") or element.get(f"{{{XLINK}}}href") or ""


def _is_picture(href: str) -> bool:
    """Whether an address is itself a PNG picture of a bearable size."""
    kind, comma, data = href.partition(",")
    if not comma or kind.strip().lower() != "data:image/png;base64":
        return False
    try:
        png_size(base64.b64decode("".join(data.split()), validate=True), _MOST_PIXELS)
    except (ValueError, Permanent):
        return False
    return True


def _add_view_box(svg: Element) -> None:
    """Let a drawing of a fixed size be shown at any size."""
    width, height = (_LENGTH.fullmatch(svg.get(side, "")) for side in ("width", "height"))
    if "viewBox" not in svg.attrib and width and height:
        svg.set("viewBox", f"0 0 {width[1]} {height[1]}")


def _check_amount(root: Element) -> None:
    """Refuse an icon that draws nothing, or that grows beyond measure or endlessly by elements that refer to elements.

    Raises:
        Permanent: `bundle.icon-empty` or `bundle.icon-too-complex`.
    """
    if not any(element.tag in SHAPES for element in root.iter()):
        raise Permanent(
            "bundle.icon-empty", "Nothing is drawn in the icon, or nothing that may be shown.", "Draw it with SVG's shapes."
        )
    if _drawn(root) > _MOST_DRAWN:
        _too_complex(f"draws more than {_MOST_DRAWN} elements")


def _drawn(root: Element) -> int:
    """Count elements as often as they are referred to."""
    named: Mapping[str, Element] = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
    counted: dict[Element, int] = {}
    path: set[Element] = set()

    def count(element: Element) -> int:
        if element in counted:
            return counted[element]
        if element in path:
            _too_complex("refers to itself in a circle")
        if len(path) > 2 * _DEEPEST:
            _too_complex("refers to its elements too deeply")
        path.add(element)
        names = [name for value in element.attrib.values() for name in references(value)]
        names += _LOCAL_HREF.findall(element.get("href", ""))
        counted[element] = 1 + sum(map(count, element)) + sum(count(named[name]) for name in names if name in named)
        path.discard(element)
        return counted[element]

    return count(root)


def _too_complex(what: str) -> NoReturn:
    raise Permanent("bundle.icon-too-complex", f"The icon {what}.", "Simplify the drawing.")
