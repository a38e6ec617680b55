"""What stands before an SVG's root element: taken off, with its entities, so that no parser ever sees a DOCTYPE.

Sugar's icons carry their two colours as entities, `&stroke_color;` and `&fill_color;`, which the shell replaces by those of the
child; drawing programs add some for namespaces. Only such plain ones are substituted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aslo_core.bundle.svg_allowed import SVG, XLINK
from aslo_core.errors import Permanent
from aslo_core.plain_text import shown

DEFAULT_COLOURS = {"stroke_color": "#010101", "fill_color": "#FFFFFF"}
"""What Sugar's artwork declares, for icons that declare nothing."""

_DECLARATION = re.compile(r"""<\?xml\b[^>]*?encoding\s*=\s*["'](?P<encoding>[A-Za-z0-9._-]{1,40})["']""")
_LONGEST_PROLOG = 16 * 1024
_PROLOG = re.compile(
    r"""
    (?: \s++ | <\?(?s:.*?)\?> | <!--(?s:.*?)--> )*+
    (?: <!DOCTYPE
        (?: [^\[>"'] | "[^"]*+" | '[^']*+' )*+
        (?: \[ (?P<subset> (?: <!--(?s:.*?)--> | [^\]"'<] | <(?!!--) | "[^"]*+" | '[^']*+' )*+ ) \] \s*+ )?+
        >
    )?+
    (?: \s++ | <\?(?s:.*?)\?> | <!--(?s:.*?)--> )*+
    (?= <[A-Za-z_] )
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+(?P<name>[A-Za-z_][\w.-]*)\s+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*>""")
_PLAIN_VALUE = re.compile(r"""[^<>&%"']{0,200}""")
_REFERENCE = re.compile(r"&([A-Za-z_][\w.-]*);")
_ROOT_NAME = re.compile(r"<[A-Za-z_][\w:.-]*")
_PREFIX = re.compile(r"[<\s]([A-Za-z_][\w-]{0,40}):[A-Za-z_]", re.ASCII)
_DECLARED_PREFIX = re.compile(r"\sxmlns:([A-Za-z_][\w-]{0,40})", re.ASCII)
_KNOWN_PREFIXES = {"xlink": XLINK, "svg": SVG}
_MOST_PREFIXES = 20
# A parser writes a namespace out with each of its names.
_LONG_NAMESPACE = re.compile(r"""\sxmlns(?::[\w.-]{1,40})?\s{0,9}=\s{0,9}(?:"[^"]{500}|'[^']{500})""")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})

CURE = "Save the icon as plain SVG; of entities, Sugar needs only stroke_color and fill_color, each declared as a colour."


def without_prolog(data: bytes, limit: int) -> str:
    """Return the text from the root element on, with entities substituted.

    Args:
        data: the file's bytes.
        limit: characters that the result may have.

    Raises:
        Permanent: `bundle.icon-malformed`, `bundle.icon-entity` or `bundle.icon-too-large`.
    """
    text = _decoded(data)
    prolog = _PROLOG.match(text, 0, _LONGEST_PROLOG)
    if prolog is None:
        raise Permanent(
            "bundle.icon-malformed",
            f"The icon has no root element within {_LONGEST_PROLOG} characters, or what precedes it is no XML.",
            CURE,
        )
    if _LONG_NAMESPACE.search(text, prolog.end()):
        raise Permanent("bundle.icon-malformed", "The icon declares a namespace of more than 500 characters.", CURE)
    root = _with_prefixes(text[prolog.end() :])
    return _substituted(root, DEFAULT_COLOURS | _entities(prolog["subset"] or ""), limit)


def _decoded(data: bytes) -> str:
    head = _DECLARATION.match(data[:200].decode("latin-1"))
    encoding = head["encoding"].lower() if head else "utf-8"
    try:
        return data.decode("latin-1" if encoding in ("iso-8859-1", "latin1", "windows-1252") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Permanent("bundle.icon-malformed", f"The icon is not UTF-8 at byte {error.start}.", CURE) from error


def _with_prefixes(text: str) -> str:
    """Declare the prefixes that nobody did, as programs leave them behind after editing by hand, in the root element's tag."""
    declared = set(_DECLARED_PREFIX.findall(text)) | {"xml", "xmlns"}
    missing = [prefix for prefix in dict.fromkeys(_PREFIX.findall(text)) if prefix not in declared][:_MOST_PREFIXES]
    added = "".join(f' xmlns:{prefix}="{_KNOWN_PREFIXES.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing)
    return _ROOT_NAME.sub(lambda root: root[0] + added, text, count=1)


def _entities(subset: str) -> dict[str, str]:
    """Read the plain entities of a DOCTYPE; the first declaration of a name counts (XML 1.0, section 4.2)."""
    found: dict[str, str] = {}
    for declared in _ENTITY.finditer(_COMMENT.sub("", subset)):
        value = declared["double"] if declared["double"] is not None else declared["single"]
        if _PLAIN_VALUE.fullmatch(value):
            found.setdefault(declared["name"], value)
    return found


def _substituted(text: str, entities: Mapping[str, str], limit: int) -> str:
    parts: list[str] = []
    end = size = 0
    for reference in _REFERENCE.finditer(text):
        name = reference[1]
        if name in _XML_ENTITIES:
            continue
        if name not in entities:
            raise Permanent(
                "bundle.icon-entity", f"The icon uses the entity {shown(name)}, which is not declared as plain text.", CURE
            )
        parts += text[end : reference.start()], entities[name]
        size += len(parts[-2]) + len(parts[-1])
        end = reference.end()
        if size > limit:
            break
    parts.append(text[end:])
    if size + len(parts[-1]) > limit:
        found = f"With its entities put in, the icon has more than {limit} characters, four times [bundle] icon_kib."
        raise Permanent("bundle.icon-too-large", found, "Simplify the drawing.")
    return "".join(parts)
