"""A real SMTP server (aiosmtpd) in a thread, that can be made to fail."""

from __future__ import annotations

import asyncio
import email
import secrets
import ssl
import threading
from email import policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    from aslo_core.testing.certificates import Certificate

Security = Literal["starttls", "tls", "none"]


class MailServer:
    """Takes mail on a free port of loopback while its `with` block runs.

    Args:
        security: how it encrypts.
        certificate: what with; None where it does not.

    Attributes:
        port: where it listens.
        user: the only account, known to those that encrypt.
        password: its password.
        taken: every message that was taken, with the addresses that it was for; also those that came again.
        replies: what it says next in place of its own words, by command: `MAIL`, `RCPT`, `DATA`; an empty text breaks off.
        loses_answer: whether it breaks off after taking the next message.
        refuses_logins: whether no password is right any more.
        together: how many messages wait for each other before one is taken, if set.
    """

    def __init__(self, security: Security = "none", certificate: Certificate | None = None) -> None:
        self.user = "aslo"
        self.password = secrets.token_hex(12)
        self.taken: list[tuple[EmailMessage, tuple[str, ...]]] = []
        self.replies: dict[str, list[str]] = {"MAIL": [], "RCPT": [], "DATA": []}
        self.loses_answer = False
        self.refuses_logins = False
        self.together = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._security = security
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate.chain, certificate.key)
        self._loop = asyncio.new_event_loop()
        self._protocols: list[SMTP] = []
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self._context if security == "tls" else None)
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering; a second time does nothing."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for protocol in self._protocols:
            _break_off(protocol)
        rest = asyncio.all_tasks() - {cast("asyncio.Task[None]", asyncio.current_task())}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _protocol(self) -> SMTP:
        settings: dict[str, Any] = {"hostname": "localhost", "loop": self._loop}
        if self._security == "starttls":
            settings |= {"authenticator": self.authenticate, "tls_context": self._context, "require_starttls": True}
        elif self._security == "tls":
            settings |= {"authenticator": self.authenticate, "auth_require_tls": False}
        self._protocols.append(SMTP(self, **settings))
        return self._protocols[-1]

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """Tell whether a login is right."""
        given = (data.login.decode(), data.password.decode())
        right = given == (self.user, self.password) and not self.refuses_logins
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender."""
        if (reply := self._reply("MAIL", server)) is not None:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient."""
        if (reply := self._reply("RCPT", server)) is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the message."""
        if self.together:
            await self._wait_for_the_others()
        if (reply := self._reply("DATA", server)) is not None:
            return reply
        message = email.message_from_bytes(cast("bytes", envelope.original_content), policy=policy.SMTP)
        self.taken.append((message, tuple(envelope.rcpt_tos)))
        if self.loses_answer:
            self.loses_answer = False
            _break_off(server)
        return "250 OK"

    def _reply(self, command: str, server: SMTP) -> str | None:
        if not self.replies[command]:
            return None
        reply = self.replies[command].pop(0)
        if not reply:
            _break_off(server)
        return reply or "250 nobody hears this"

    async def _wait_for_the_others(self) -> None:
        """Everything happens in the server's one thread, so that these are no races."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        if len(self._waiting) == self.together:
            for each in self._waiting:
                each.set_result(None)
            self.together = 0
            self._waiting.clear()
        await asyncio.wait_for(mine, 30)


def _break_off(server: SMTP) -> None:
    if isinstance(transport := server.transport, asyncio.WriteTransport):
        transport.abort()
