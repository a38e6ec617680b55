"""What an error on the way to a bucket means for whoever has to mend it."""

from __future__ import annotations

import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2
from obstore.exceptions import BaseError

from aslo_core.api import AsloError, ConfigError, ConfigProblem, Transient, one_line
from aslo_storage_s3.listing import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAILURES = (BaseError, FileNotFoundError, Refused, httpx2.HTTPError)
"""All that obstore and httpx2 raise. obstore tells of an absent object, or bucket, by FileNotFoundError."""

_REFUSALS = {
    "NoSuchBucket": ("bucket", "the bucket is not there", "make it, or write the name of one that is there"),
    "InvalidBucketName": ("bucket", "the service takes no bucket of that name", "write the name of one that is there"),
    "InvalidAccessKeyId": ("access_key", "the service does not know the access key", "write one that is in force"),
    "SignatureDoesNotMatch": (
        "secret_key",
        "the service finds the signature wrong",
        "write the secret that belongs to access_key, and check region and addressing",
    ),
    "AccessDenied": (
        "access_key",
        "the account may not do this",
        "allow it to list the bucket and its uploads, and to read, write and delete objects below prefix",
    ),
    "AuthorizationHeaderMalformed": ("region", "the service asks for another region", "write the region of the bucket"),
    "AuthorizationQueryParametersError": ("region", "the service asks for another region", "write the region of the bucket"),
    "PermanentRedirect": ("endpoint", "the bucket is elsewhere", "write the endpoint and the region of the bucket"),
}
"""By code of the answer ("Error responses" in the reference of Amazon S3's API): the option, what is wrong, what to do."""

_BY_STATUS: dict[int, tuple[str, str, str]] = {
    HTTPStatus.MOVED_PERMANENTLY: _REFUSALS["PermanentRedirect"],
    HTTPStatus.TEMPORARY_REDIRECT: _REFUSALS["PermanentRedirect"],
    HTTPStatus.UNAUTHORIZED: _REFUSALS["AccessDenied"],
    HTTPStatus.FORBIDDEN: _REFUSALS["AccessDenied"],
}
"""For answers without a code."""

_CERTIFICATES = (
    (
        ("NotValidForName", "Hostname mismatch", "IP address mismatch"),
        ("endpoint", "its certificate is for another host", "write the host that the certificate is for"),
    ),
    (
        ("Expired", "expired"),
        ("endpoint", "its certificate has expired", "renew it on the server, or set the clock of this machine"),
    ),
    (
        ("NotValidYet", "not yet valid"),
        ("endpoint", "its certificate is not valid yet", "set the clock of this machine, or of the server"),
    ),
    (
        ("CaUsedAsEndEntity",),
        (
            "endpoint",
            "its certificate is that of an authority, which no server may show",
            "sign a certificate for the server with it, and set ca_file to the authority's",
        ),
    ),
)
_UNTRUSTED = (
    "ca_file",
    "its certificate is signed by nobody whom this machine trusts",
    "set ca_file to the certificate of its authority",
)

_WAITING = {
    "RequestTimeTooSkewed": "the clocks of this machine and of the service differ too much: set this one's by NTP",
    "RequestExpired": "the clocks of this machine and of the service differ too much: set this one's by NTP",
    "SlowDown": "the service asks for fewer requests",
    "QuotaExceeded": "the bucket's room is used up: raise its quota or free some",
    "InvalidRange": "the object is damaged: it is shorter than it was stored",
}
"""What is tried again as it is."""

_WAITING_BY_STATUS: dict[int, str] = {
    HTTPStatus.TOO_MANY_REQUESTS: _WAITING["SlowDown"],
    HTTPStatus.SERVICE_UNAVAILABLE: _WAITING["SlowDown"],
    HTTPStatus.INSUFFICIENT_STORAGE: "the service has no room left: free some",
}


_ANSWERED = (r"status code: (\d{3})", r"<Code>(\w+)<", r"<Message>([^<]+)<")
"""Where status, code and message stand in the text of an error of obstore, which has nothing else."""


@dataclass(frozen=True)
class _Answer:
    """What the service answered: status of HTTP or 0, its code or empty, and all of it in words."""

    status: int
    code: str
    text: str


@contextmanager
def told(doing: str, table: str, ask: Callable[[], None]) -> Iterator[None]:
    """Turn what fails within the block into an error of ASLO that begins with `doing` and names reason and cure.

    Args:
        doing: what was attempted, and where.
        table: of the configuration, to name an option of.
        ask: makes a request whose refusal says why, for answers to HEAD, which have no room for it.
    """
    try:
        yield
    except FAILURES as error:
        raise _explained(_with_reason(error, ask), doing, table) from error


def status_of(error: Exception) -> int:
    """Status of HTTP that the service answered, or 0 where it did not."""
    return _answer(error).status


def _with_reason(error: Exception, ask: Callable[[], None]) -> Exception:
    answer = _answer(error)
    if not answer.code and HTTPStatus.MOVED_PERMANENTLY <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        try:
            ask()
        except FAILURES as reason:
            return reason
    return error


def _explained(error: Exception, doing: str, table: str) -> AsloError:
    answer = _answer(error)
    if refusal := _certificate(error) or _REFUSALS.get(answer.code) or (not answer.code and _BY_STATUS.get(answer.status)):
        option, found, cure = refusal
        problem = ConfigProblem(file=table, line=0, key=option, found=f"{doing}: {found}{_quoted(answer)}", allowed=cure)
        return ConfigError([problem])
    if waiting := _WAITING.get(answer.code) or _WAITING_BY_STATUS.get(answer.status):
        return Transient(f"{doing}: {waiting}{_quoted(answer)}")
    if answer.status:
        found = "the service failed" if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "the service refuses"
        return Transient(f"{doing}: {found}{_quoted(answer)}")
    return Transient(f"{doing}: {_unreached(error)}")


def _answer(error: Exception) -> _Answer:
    if isinstance(error, Refused):
        return _Answer(error.status, error.code, str(error))
    text = str(error).partition("Debug source:")[0]
    status, code, message = (re.search(pattern, text) for pattern in _ANSWERED)
    said = " ".join(found[1] for found in (status, code, message) if found)
    if "BareRedirect" in str(error):
        return _Answer(HTTPStatus.MOVED_PERMANENTLY, "", "a redirection to nowhere")
    return _Answer(int(status[1]) if status else 0, code[1] if code else "", said)


def _quoted(answer: _Answer) -> str:
    return f" (it said {one_line(answer.text, 200)!r})" if answer.status else ""


def _certificate(error: Exception) -> tuple[str, str, str] | None:
    """What is wrong with the certificate, as obstore tells it in its text, and httpx2 by the error's cause."""
    reasons = [str(cause) for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)]
    text = "".join(reasons) or str(error)
    if not reasons and "InvalidCertificate" not in text:
        return None
    return next((meaning for signs, meaning in _CERTIFICATES if any(sign in text for sign in signs)), _UNTRUSTED)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _unreached(error: Exception) -> str:
    text = str(error)
    if isinstance(error, httpx2.TimeoutException) or "kind: Timeout" in text or "TimedOut" in text:
        return "the service did not answer in time"
    innermost = re.findall(r'(?:message|error): "([^"\n]+)"', text)
    return f"the connection failed: {one_line(innermost[-1] if innermost else text.partition('Debug source:')[0], 200)}"
