"""A mail server on loopback, and a notifier that writes by way of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aslo_notify_email.notifier import EmailNotifier, create
from aslo_notify_email.options import EmailOptions

from aslo_core.api import Context, Notice
from aslo_core.testing import values
from aslo_core.testing.certificates import Certificate, make_certificate
from aslo_core.testing.mail_server import MailServer, Security


@dataclass
class Post:
    """A mail server and whoever writes by way of it."""

    server: MailServer
    context: Context
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        return self.server.password

    @property
    def names_waits(self) -> bool:
        return False

    def notifier(self, **options: Any) -> EmailNotifier:
        given = {"host": "localhost", "port": self.server.port, "sender": "ASLO <aslo@example.org>", "to": ["list@example.org"]}
        return create(EmailOptions(**(given | {"timeout_seconds": 20} | self.options | options)), self.context)

    def notice(self, notice_id: str, kind: str, **fields: Any) -> Notice:
        return values.notice(notice_id, kind, **fields)  # type: ignore[arg-type]

    def mails(self) -> list[EmailMessage]:
        """Those of one Message-ID count once, as in a mailbox that knows them again (RFC 7352)."""
        return list({message["Message-ID"]: message for message, _ in self.server.taken}.values())

    def messages(self) -> list[str]:
        return [message.as_string() for message in self.mails()]

    def lose_next_answer(self) -> None:
        self.server.loses_answer = True

    def hold_until_both_post(self) -> None:
        self.server.together = 2

    def fail_next_request(self) -> None:
        self.server.replies["MAIL"].append("451 4.3.0 Out of order")

    def limit_next_request(self, seconds: int) -> None:
        self.server.replies["RCPT"].append(f"450 4.7.1 Greylisted, come again in {seconds} seconds")

    def disallow(self) -> None:
        self.server.refuses_logins = True
        self.server.replies["MAIL"].extend(["550 5.7.1 Not you"] * 10)

    def go_away(self) -> None:
        self.server.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture(params=["starttls", "tls", "none"])
def security(request: pytest.FixtureRequest) -> Security:
    security: Security = request.param
    return security


@pytest.fixture
def post(security: Security, tmp_path: Path, certificate: Certificate) -> Iterator[Post]:
    """By way of a server that encrypts in every way, or not at all."""
    context = Context(name="mail", directory=tmp_path, data=tmp_path, public_url="https://aslo.example")
    with MailServer(security, certificate) as server:
        login = {"user": server.user, "password": server.password, "ca_file": certificate.chain}
        yield Post(server, context, {"security": security} | (login if security != "none" else {}))
