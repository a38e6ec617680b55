"""Release notes: Markdown of a developer, made into HTML that can do no harm."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_LONGEST = 20_000
_HEADINGS_BELOW = 2
_DEEPEST = 6
_TAGS = {
    *("h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def render_notes(markdown: str) -> Markup:
    """Render the notes of a release.

    HTML in them is shown as text, pictures become links (a page loads nothing from other hosts), headings are lowered below the
    page's own, and what comes out is cleaned once more against an allow-list.

    Args:
        markdown: as the developer wrote it; what goes beyond 20,000 characters is left out.
    """
    renderer = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "strikethrough", "linkify"])
    tokens = renderer.parse(markdown[:_LONGEST])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _HEADINGS_BELOW, _DEEPEST)}"
        if token.children:
            token.children = [part for child in token.children for part in _without_picture(child)]
    html = renderer.renderer.render(tokens, renderer.options, {})
    # What is marked safe here has just been cleaned.
    return Markup(  # noqa: S704
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow noopener noreferrer ugc",
        )
    )


def _without_picture(token: Token) -> list[Token]:
    """A picture as a link to it, with its alternative text."""
    if token.type != "image":
        return [token]
    opening = Token("link_open", "a", 1, attrs={"href": str(token.attrGet("src") or "")})
    text = Token("text", "", 0, content=token.content or "picture")
    return [opening, text, Token("link_close", "a", -1)]
