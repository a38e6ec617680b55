"""What a mail server's refusal means: whether to try again, and what to do.

RFC 5321, 4.2.1: codes 400 to 499 are for now, 500 to 599 for good. The server's words go to the messages of the program alone:
they often hold addresses, and what is recorded in the log is there for good.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from aslo_core.api import Permanent, Transient

log = structlog.get_logger(__name__)

_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}")
_FIRST_FINAL = 500
_CURES = {
    "login": ("email.login-refused", "Check user and password of {table}."),
    "sender": (
        "email.sender-refused",
        "Check sender of {table}: the server may let the account write as another only.",
    ),
    "recipient": ("email.recipient-refused", "Check the addresses in to and authors of {table}."),
    "message": ("email.message-refused", "The program's own messages have the server's words; ask whoever runs it."),
}


def refusal(step: str, code: int, words: bytes, table: str, who: str = "") -> Transient | Permanent:
    """Tell what a reply with a code from 400 means.

    Args:
        step: `login`, `sender`, `recipient` or `message`.
        code: the reply's code.
        words: its text.
        table: table of the configuration, for the cure.
        who: which recipient it is, without the address.
    """
    log.info("notify_email.refused", table=table, step=step, code=code, reply=words.decode("utf-8", "replace")[:500])
    enhanced = _ENHANCED.match(words)
    reply = f"{code} {enhanced[0].decode()}" if enhanced else str(code)
    found = f"The mail server refused the {who or step} ({reply})"
    if code < _FIRST_FINAL:
        return Transient(found)
    rule, cure = _CURES[step]
    return Permanent(rule, f"{found}.", cure.format(table=table))


@contextmanager
def classified(host: str, table: str) -> Iterator[None]:
    """Turn what smtplib raises into ASLO's errors.

    Args:
        host: the mail server.
        table: table of the configuration, for cures.

    Raises:
        Transient: the server is not reachable, breaks off, or refuses for now.
        Permanent: it refuses for good.
    """
    try:
        yield
    except smtplib.SMTPAuthenticationError as reason:
        raise refusal("login", reason.smtp_code, _bytes(reason.smtp_error), table) from None
    except smtplib.SMTPNotSupportedError:
        found = f"The mail server {host} does not offer what is asked of it: STARTTLS, or a login."
        cure = f"Check security and user of {table}, and whether {host} is the right server."
        raise Permanent("email.not-offered", found, cure) from None
    except smtplib.SMTPResponseException as reason:
        raise refusal("message", reason.smtp_code, _bytes(reason.smtp_error), table) from None
    except ssl.SSLCertVerificationError as reason:
        raise Transient(f"the certificate of the mail server {host} is not trusted ({reason.verify_message})") from None
    except OSError as reason:  # smtplib's other ones are among them
        raise Transient(f"the mail server {host} gave no usable answer ({type(reason).__name__}: {_why(reason)})") from None


def _why(reason: OSError) -> str:
    return reason.strerror or str(reason)


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()
