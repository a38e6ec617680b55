"""The message that an operator sends to see whether messages arrive. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

_TEXT = """\
This is a test. The operator of {public_url} sent it with `aslo check --notice {table}`
to see whether messages about releases arrive here. Nothing was released, and
nothing is to be done.
"""


def trial(sender: Address, recipients: Sequence[Address], table: str, public_url: str) -> EmailMessage:
    """Compose a message that says of itself that it is a test; each is another one.

    Args:
        sender: who writes.
        recipients: whom it says that it is for.
        table: name of the notifier's table.
        public_url: address of this ASLO.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = tuple(recipients)
    made["Subject"] = "[Test] ASLO: do messages arrive?"
    made["Date"] = datetime.now(UTC)
    made["Message-ID"] = f"<test.{secrets.token_hex(20)}@{sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no absence notice answers it
    made.set_content(_TEXT.format(public_url=public_url, table=table), cte="quoted-printable")
    return made
