"""Hands one message to a mail server (RFC 5321, RFC 3207 for STARTTLS, RFC 4954 for the login)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage

from aslo_core.api import Permanent, Transient, failpoint
from aslo_notify_email.answers import TimelySMTP, TimelySMTPS
from aslo_notify_email.options import EmailOptions
from aslo_notify_email.replies import classified, refusal

_FIRST_REFUSAL = 400


def submit(
    message: EmailMessage,
    sender: Address,
    recipients: Sequence[Address],
    options: EmailOptions,
    trust: ssl.SSLContext | None,
    table: str,
    served: set[str],
) -> None:
    """Hand a message over. Where the server refuses some recipients, the others get it before that is raised.

    Args:
        message: the message.
        sender: who writes.
        recipients: to whom.
        options: the server.
        trust: whom to trust; None without encryption.
        table: table of the configuration, for cures.
        served: addresses of those who have it already, who are left out; whoever gets it is added.

    Raises:
        Transient, Permanent: it was not handed over, or not for all. Transient as long as anybody is refused for now.
    """
    if served.issuperset(recipient.addr_spec for recipient in recipients):
        return
    with classified(options.host, table):
        connection = _connect(options, trust)
        try:
            _hand_over(connection, message, sender, recipients, table, served)
        finally:
            _leave(connection)


def greet(options: EmailOptions, trust: ssl.SSLContext | None, table: str) -> str:
    """Connect, encrypt and log in as for a message, and hand none over; say what the server took.

    Args:
        options: the server.
        trust: whom to trust; None without encryption.
        table: table of the configuration, for cures.

    Raises:
        Transient, Permanent: a message could not be handed over.
    """
    with classified(options.host, table):
        connection = _connect(options, trust)
        try:
            code, words = connection.noop()
            if code >= _FIRST_REFUSAL:
                raise refusal("message", code, words, table)
        finally:
            _leave(connection)
    encrypted = "readably" if options.security == "none" else f"encrypted ({options.security})"
    return f"{options.host}:{options.server_port} answers, {encrypted}{', and takes the login' if options.user else ''}"


def _connect(options: EmailOptions, trust: ssl.SSLContext | None) -> TimelySMTP:
    host, port, seconds = options.host, options.server_port, options.timeout_seconds
    if options.security == "tls":
        connection: TimelySMTP = TimelySMTPS(host, port, timeout=seconds, context=trust)
    else:
        connection = TimelySMTP(host, port, timeout=seconds)
    try:
        if options.security == "starttls":
            connection.starttls(context=trust)
        if options.user is not None and options.password is not None:
            connection.login(options.user, options.password.get_secret_value())
        else:
            connection.ehlo_or_helo_if_needed()
    except BaseException:
        connection.close()
        raise
    return connection


def _hand_over(
    connection: smtplib.SMTP,
    message: EmailMessage,
    sender: Address,
    recipients: Sequence[Address],
    table: str,
    served: set[str],
) -> None:
    code, words = connection.mail(sender.addr_spec)
    if code >= _FIRST_REFUSAL:
        raise refusal("sender", code, words, table)
    taken: set[str] = set()
    for_now: list[Transient] = []
    for_good: Permanent | None = None
    for number, recipient in enumerate(recipients, start=1):
        if recipient.addr_spec in served:
            continue
        code, words = connection.rcpt(recipient.addr_spec)
        if code < _FIRST_REFUSAL:
            taken.add(recipient.addr_spec)
            continue
        failure = refusal("recipient", code, words, table, f"recipient {number} of {len(recipients)}")
        if isinstance(failure, Transient):
            for_now.append(failure)
        else:
            for_good = failure
    if taken:
        failpoint("notify_email.hand-over.before")
        code, words = connection.data(message.as_bytes())
        failpoint("notify_email.hand-over.after")
        if code >= _FIRST_REFUSAL:
            raise refusal("message", code, words, table)
        served |= taken
    if for_now:
        raise Transient("; ".join(map(str, for_now)))
    if for_good is not None:
        raise for_good


def _leave(connection: smtplib.SMTP) -> None:
    """Say goodbye; whatever the server makes of that, the message's fate is known."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()
