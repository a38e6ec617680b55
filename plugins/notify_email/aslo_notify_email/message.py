"""The message that tells a notice: headers of RFC 5322, plain text and HTML beside each other (RFC 2046, 5.1.4). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from aslo_core.api import Notice, Templates, one_line

_LONGEST_SUBJECT = 200


def message(notice: Notice, templates: Templates, sender: Address, recipients: Sequence[Address], table: str) -> EmailMessage:
    """Compose a message, the same whenever the notice is tried again.

    Args:
        notice: what is told.
        templates: give subject and texts.
        sender: who writes.
        recipients: whom it says that it is for.
        table: name of the notifier's table, so that two of them tell in messages of their own.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = tuple(recipients)
    made["Subject"] = _subject(templates.render("subject.txt", notice))
    made["Date"] = datetime.fromtimestamp(notice.occurred_us / 1_000_000, UTC)
    made["Message-ID"] = _identity(sender, "notice", table, notice.id)
    # A message that was never sent stands for the release: what refers to it is shown as one conversation (RFC 5256).
    about = notice.repository
    release = _identity(sender, "release", table, about.source, about.id, notice.release_id)
    made["In-Reply-To"] = release
    made["References"] = release
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no absence notice answers it
    made.set_content(templates.render("body.txt", notice), cte="quoted-printable")
    made.add_alternative(templates.render("body.html", notice), subtype="html", cte="quoted-printable")
    # The library would draw lots, and each try would be another message.
    made.set_boundary("=_" + hashlib.sha256(made["Message-ID"].encode()).hexdigest()[:32])
    return made


def _subject(text: str) -> str:
    """The text on one line, in which nothing is read as an encoded word (RFC 2047, section 2).

    The library would decode one in what is set as a header, with the line ends in it, and write these into the message.
    """
    return one_line(one_line(text).replace("=?", "= ?"), _LONGEST_SUBJECT)


def _identity(sender: Address, *parts: str) -> str:
    """An identity of RFC 5322 (3.6.4) that follows from what it stands for."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f"<{parts[0]}.{digest}@{sender.domain}>"
