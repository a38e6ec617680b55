"""What developers read: the comment and the commit status of a notice."""

from __future__ import annotations

from urllib.parse import quote

from aslo_core.api import Medium, Notice, Permanent, Templates, Written, one_line
from aslo_notify_github.markdown import code, escape, link

_DESCRIPTION_LENGTH = 140
_COMMENT_LENGTH = 65_000
"""GitHub takes 65,536 characters, the hidden marker among them."""

_MARKER, _MARKER_END = "<!-- aslo-notice: ", " -->"
_LAST_BMP = 0xFFFF
_STATES = {
    "started": "pending",
    "published": "success",
    "rejected": "failure",
    "failed": "error",
    "unchanged": "success",
    "withdrawn": "failure",
    "cancelled": "error",
}


def _length_fault(comment: str) -> str:
    found = f"it gives {len(comment):,} characters, and GitHub takes no more than {_COMMENT_LENGTH:,}"
    return found if len(comment) > _COMMENT_LENGTH else ""


MARKDOWN = Medium(
    write=lambda value: escape(str(value)),
    filters={
        "md": lambda value, limit: Written(escape(str(value), limit)),
        "code": lambda value: Written(code(str(value))),
        "link": lambda address, text: Written(link(escape(text), address)),
    },
    fault=_length_fault,
)
"""Comments: values as text, so that they can neither format nor refer to anything."""


def state(notice: Notice) -> str:
    """The commit status of a notice: `pending`, `success`, `failure` or `error`.

    Raises:
        Permanent: the kind is not known.
    """
    try:
        return _STATES[notice.kind]
    except KeyError:
        found = f"A notice of the kind {notice.kind!r} was to be told, which is none of {', '.join(_STATES)}."
        raise Permanent("notice.kind-unknown", found, "Update aslo-notify-github to the version of ASLO.") from None


def marker(notice: Notice) -> str:
    """The hidden first line by which a comment is found again."""
    return f"{_MARKER}{quote(notice.id, safe='/:')}{_MARKER_END}"


def is_marker(line: str) -> bool:
    """Whether a comment's first line is the marker of a notice."""
    return line.startswith(_MARKER) and line.endswith(_MARKER_END)


def comment(notice: Notice, templates: Templates) -> str:
    """The comment on the commit, as Markdown. The marker is no matter of templates.

    Raises:
        Transient: the template is broken.
    """
    return f"{marker(notice)}\n\n{templates.render('comment.md', notice)}"


def description(notice: Notice, templates: Templates) -> str:
    """The commit status' description: plain text, at most 140 characters, none beyond the basic plane (GitHub refuses them).

    Raises:
        Transient: the template is broken.
    """
    text = templates.render("status.txt", notice)
    return one_line("".join(char for char in text if ord(char) <= _LAST_BMP), _DESCRIPTION_LENGTH)
