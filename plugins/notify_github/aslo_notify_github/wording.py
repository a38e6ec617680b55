"""What developers read: the comment and the commit status for each kind of notice."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from aslo_core.api import Notice, Permanent, one_line
from aslo_notify_github.markdown import code, escape, link

_DESCRIPTION_LENGTH = 140
_WARNINGS_SHOWN = 10
_LAST_BMP = 0xFFFF


@dataclass(frozen=True)
class Wording:
    """How one kind of notice is told.

    Attributes:
        state: commit status: `pending`, `success`, `failure` or `error`.
        heading: Markdown; `{release}` is replaced by the activity and its version, or the tag.
        text: what it means for the developer.
        summary: the status' description, up to the reason.
        log: what the link to the timeline says.
    """

    state: str
    heading: str
    text: str
    summary: str
    log: str = "Timeline and log"


_KINDS = {
    "started": Wording(
        "pending",
        "🔨 Building {release}",
        "Your release has arrived and its bundle is being built and checked. Another comment will say how it went.",
        "Building {release}",
        "Watch its progress",
    ),
    "published": Wording(
        "success",
        "✅ {release} is published",
        "Everybody can find and download it now.",
        "{release} is published",
    ),
    "rejected": Wording(
        "failure",
        "❌ {release} was not published",
        "Something in the release needs your hand first.",
        "Not published",
    ),
    "failed": Wording(
        "error",
        "⚠️ {release} could not be published",
        "This is our fault, not yours: there is nothing for you to mend.",
        "Could not be published, through no fault of yours",
    ),
    "unchanged": Wording(
        "success",
        "✅ Nothing new in {release}",
        "The commit and the attached files are those that are already published.",
        "Nothing new: already published",
    ),
    "withdrawn": Wording(
        "failure",
        "🗄️ {release} was withdrawn",
        "It is no longer in the catalogue.",
        "Withdrawn",
    ),
    "cancelled": Wording(
        "error",
        "⏹️ {release} was stopped",
        "Its build was ended before it was done.",
        "Stopped",
    ),
}


def wording(notice: Notice) -> Wording:
    """How a notice of this kind is told.

    Raises:
        Permanent: the kind is not known.
    """
    try:
        return _KINDS[notice.kind]
    except KeyError:
        found = f"A notice of the kind {notice.kind!r} was to be told, which is none of {', '.join(_KINDS)}."
        raise Permanent("notice.kind-unknown", found, "Update aslo-notify-github to the version of ASLO.") from None


def marker(notice: Notice) -> str:
    """The hidden first line by which a comment is found again."""
    return f"<!-- aslo-notice: {quote(notice.id, safe='/:')} -->"


def comment(notice: Notice) -> str:
    """The comment on the commit, as Markdown."""
    words = wording(notice)
    name = f"{escape(notice.name, 100)} {escape(notice.version, 50)}".rstrip()
    release = name if notice.name else code(notice.tag)
    paragraphs = [marker(notice), f"### {words.heading.format(release=release)}", words.text]
    if notice.reason:
        rule = f" ({code(notice.rule)})" if notice.rule else ""
        paragraphs.append(f"**What happened:** {escape(notice.reason, 2000)}{rule}")
    if notice.cure:
        paragraphs.append(f"**What you can do:** {escape(notice.cure, 2000)}")
    paragraphs += _warnings(notice.warnings)
    addresses = (
        ("Activity page", notice.activity_url),
        ("Download", notice.download_url),
        ("About this rule", notice.rule_url),
        (words.log, notice.status_url),
    )
    links = " · ".join(link(text, address) for text, address in addresses if address)
    paragraphs.append(f"{links}\n\n<sub>Tag {code(notice.tag)}, told by ASLO</sub>")
    return "\n\n".join(paragraphs) + "\n"


def description(notice: Notice) -> str:
    """The commit status' description: plain text, at most 140 characters, none beyond the basic plane (GitHub refuses them)."""
    name = f"{notice.name} {notice.version}".strip() or notice.tag
    summary = wording(notice).summary.format(release=name)
    text = f"{summary}: {notice.reason}" if notice.reason else summary
    return one_line("".join(char for char in text if ord(char) <= _LAST_BMP), _DESCRIPTION_LENGTH)


def _warnings(warnings: tuple[str, ...]) -> list[str]:
    if not warnings:
        return []
    lines = [f"- {escape(warning, 300)}" for warning in warnings[:_WARNINGS_SHOWN]]
    if len(warnings) > _WARNINGS_SHOWN:
        lines.append(f"- and {len(warnings) - _WARNINGS_SHOWN} more, which the log has")
    return ["**Worth a look before the next release:**", "\n".join(lines)]
