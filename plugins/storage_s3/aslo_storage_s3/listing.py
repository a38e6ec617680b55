"""What a bucket holds, and the uploads that came to nothing: asked for by signed requests of our own.

obstore has no call for uploads, and its listing gives up at a key such as `a/./b`, which somebody else may have put there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element, ParseError, fromstring

import httpx2

from aslo_storage_s3.signing import signed

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from aslo_storage_s3.bucket import Bucket

_GOOD_FOR = 300
"""Seconds that a request of our own may be under way. More than a busy service takes, less than what a stolen one is worth."""


class Refused(Exception):
    """The service answered with an error.

    Args:
        status: of HTTP.
        code: the service's word for it, or empty.
        said: what else it said, or empty.
    """

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(f"{status} {code} {said}")
        self.status = status
        self.code = code
        self.said = said


@dataclass(frozen=True)
class Upload:
    """An upload in parts that was begun and neither completed nor aborted.

    Attributes:
        key: of the object that it was to become.
        id: what the service calls it.
        begun: when it was begun.
    """

    key: str
    id: str
    begun: dt.datetime


class Listing:
    """Asks a bucket what it holds. May be used by many threads: each call has a connection of its own.

    Args:
        bucket: the bucket.
        timeout: seconds to wait for the service at every step.
        tls: whom to trust.
    """

    def __init__(self, bucket: Bucket, timeout: float, tls: ssl.SSLContext) -> None:
        self._bucket = bucket
        self._timeout = timeout
        self._tls = tls

    def ask(self) -> None:
        """Ask for a single key. It succeeds wherever anything would, and a refusal says why, as one of HEAD cannot.

        Raises:
            Refused, httpx2.HTTPError: as `every_key`.
        """
        self._asked("GET", "", {"list-type": "2", "max-keys": "1", "prefix": self._bucket.prefix})

    def every_key(self) -> Iterator[str]:
        """Every key that begins with the bucket's prefix, a page at a time.

        Raises:
            Refused: the service answered with an error, or with something that is no list.
            httpx2.HTTPError: it could not be reached, or did not answer in time.
        """
        query = {"list-type": "2", "encoding-type": "url", "prefix": self._bucket.prefix}
        while True:
            page = self._asked("GET", "", query)
            yield from (unquote_plus(_text(entry, "Key")) for entry in _all(page, "Contents"))
            if _text(page, "IsTruncated") != "true":
                return
            query |= _further(query, {"continuation-token": _text(page, "NextContinuationToken")})

    def uploads(self) -> Iterator[Upload]:
        """Every upload of a key that begins with the bucket's prefix.

        Raises:
            Refused, httpx2.HTTPError: as `every_key`.
        """
        query = {"uploads": "", "encoding-type": "url", "prefix": self._bucket.prefix}
        while True:
            page = self._asked("GET", "", query)
            for entry in _all(page, "Upload"):
                yield Upload(unquote_plus(_text(entry, "Key")), _text(entry, "UploadId"), _time(_text(entry, "Initiated")))
            if _text(page, "IsTruncated") != "true":
                return
            key, upload = unquote_plus(_text(page, "NextKeyMarker")), _text(page, "NextUploadIdMarker")
            query |= _further(query, {"key-marker": key, "upload-id-marker": upload})

    def abort(self, upload: Upload) -> None:
        """Make the service forget an upload and its parts.

        Raises:
            Refused, httpx2.HTTPError: as `every_key`.
        """
        self._asked("DELETE", upload.key, {"uploadId": upload.id})

    def _asked(self, method: str, key: str, query: Mapping[str, str]) -> Element:
        address = signed(method, self._bucket, key, query, at=dt.datetime.now(dt.UTC), seconds=_GOOD_FOR)
        with httpx2.Client(timeout=self._timeout, verify=self._tls) as client:
            answer = client.request(method, address)
        found = _parsed(answer.content)
        if not answer.is_success:
            raise Refused(answer.status_code, _text(found, "Code"), _text(found, "Message"))
        if answer.status_code == HTTPStatus.OK and not found.tag.endswith("Result"):
            raise Refused(answer.status_code, "", "which is no answer of an S3 service")
        return found


def _further(query: Mapping[str, str], markers: Mapping[str, str]) -> Mapping[str, str]:
    """Give the markers of the next page, which lead on from those that were asked with: otherwise a list would never end.

    Raises:
        Refused: they do not.
    """
    if not any(markers.values()) or markers.items() <= query.items():
        raise Refused(HTTPStatus.OK, "", "a list that goes on without saying where")
    return markers


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except ValueError:
        raise Refused(HTTPStatus.OK, "", f"the time {text!r}, which is none") from None


def _parsed(body: bytes) -> Element:
    try:
        return fromstring(body)  # noqa: S314 (a service that the operator chose; expat 2.4 limits what entities become)
    except ParseError:
        return Element("nothing")


def _all(parent: Element, name: str) -> list[Element]:
    return [child for child in parent if child.tag.rpartition("}")[2] == name]


def _text(parent: Element, name: str) -> str:
    return next((child.text or "" for child in _all(parent, name)), "")
