"""What a notice is called in messages, whatever tells it."""

from __future__ import annotations

from typing import NamedTuple

from aslo_core.errors import Permanent
from aslo_core.plain_text import one_line
from aslo_core.types import Notice


class Words(NamedTuple):
    """How one kind of notice is told.

    Attributes:
        symbol: one character that shows at a glance how it stands.
        title: what happened; `{release}` stands for the activity and its version, or the tag.
        text: what that means for the developer.
        link: what a link to the release's page is called.
    """

    symbol: str
    title: str
    text: str
    link: str = "Timeline and log"


_KINDS = {
    "started": Words(
        "🔨",
        "Building {release}",
        "Your release has arrived and its bundle is being built and checked. You will be told how it went.",
        "Watch its progress",
    ),
    "published": Words("✅", "{release} is published", "Everybody can find and download it now."),
    "rejected": Words("❌", "{release} was not published", "Something in the release needs your hand first."),
    "failed": Words("⚠️", "{release} could not be published", "This is our fault, not yours: there is nothing for you to mend."),
    "unchanged": Words(
        "✅", "Nothing new in {release}", "The commit and the attached files are those that are already published."
    ),
    "withdrawn": Words("🗄️", "{release} was withdrawn", "It is no longer in the catalogue."),
    "cancelled": Words("⏹️", "{release} was stopped", "Its build was ended before it was done."),
}


def words(notice: Notice) -> Words:
    """How a notice of this kind is told.

    Raises:
        Permanent: the kind is not known.
    """
    try:
        return _KINDS[notice.kind]
    except KeyError:
        found = f"A notice of the kind {notice.kind!r} was to be told, which is none of {', '.join(_KINDS)}."
        raise Permanent("notice.kind-unknown", found, "Update the notifier to the version of ASLO.") from None


def release_name(notice: Notice) -> str:
    """The activity and its version, or the tag where it was never read."""
    name = f"{one_line(notice.name, 100)} {one_line(notice.version, 50)}".strip()
    return name or one_line(notice.tag, 200)
