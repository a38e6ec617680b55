"""What of SVG an icon may use: shapes, paint and references within itself; nothing that runs, fetches or animates.

Names are those of SVG 1.1 and SVG 2, chapters on document structure, painting, gradients, clipping and text.
"""

from __future__ import annotations

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use", "image"})
"""Elements that draw something."""

TEXTS = frozenset({"text", "tspan"})
"""Elements whose characters are drawn."""

GROUPS = frozenset({"a", "switch"})
"""Elements of which only the children are kept, in a group."""

ELEMENTS = (
    SHAPES
    | TEXTS
    | {
        *("svg", "g", "defs", "symbol", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker"),
    }
)

PROPERTIES = frozenset(
    {
        *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap"),
        *(
            "stroke-linejoin",
            "stroke-miterlimit",
            "stroke-opacity",
            "stroke-width",
            "opacity",
            "color",
            "display",
            "visibility",
        ),
        *(
            "stop-color",
            "stop-opacity",
            "clip-path",
            "clip-rule",
            "mask",
            "marker-start",
            "marker-mid",
            "marker-end",
            "overflow",
        ),
        *(
            "font-family",
            "font-size",
            "font-style",
            "font-weight",
            "text-anchor",
            "letter-spacing",
            "paint-order",
            "shape-rendering",
        ),
    }
)
"""CSS properties, each of which is a presentation attribute as well."""

ATTRIBUTES = PROPERTIES | {
    *("id", "viewBox", "width", "height", "preserveAspectRatio", "version", "transform"),
    *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "dx", "dy", "d", "points", "offset", "rotate"),
    *("gradientUnits", "gradientTransform", "spreadMethod", "clipPathUnits", "maskUnits", "maskContentUnits"),
    *(
        "patternUnits",
        "patternContentUnits",
        "patternTransform",
        "markerUnits",
        "markerWidth",
        "markerHeight",
        "refX",
        "refY",
        "orient",
    ),
}

SILENTLY_DROPPED = frozenset({"metadata", "title", "desc", "foreignObject", "style", "filter", "namedview", "perspective"})
"""Elements that drawing programs write and whose loss nobody sees, or not much."""
