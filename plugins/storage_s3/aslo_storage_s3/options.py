"""The options of `[storage.NAME]` with `use = "s3"`."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from aslo_core.api import Options, Secret

LONGEST_SIGNED_SECONDS = 7 * 24 * 3600
"""What the service takes at most (AWS Signature Version 4, "Authenticating requests: using query parameters")."""

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_PLACES = re.compile(r"\{[^{}]*\}")


def _service_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username or parts.query or parts.path.strip("/"):
        raise ValueError("expected the address of a service, such as https://s3.example.org, without path, user or query")
    return f"{parts.scheme}://{parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme]).lower()}"


def _one_line(value: Secret) -> Secret:
    if not value.get_secret_value() or not value.get_secret_value().isprintable():
        raise ValueError("must not be empty, nor hold control characters such as the end of a line")
    return value


def _purge_address(text: str) -> str:
    if text and not text.startswith(("{address}", "https://", "http://")):
        raise ValueError("expected {address}, or an address that begins with https:// or http://")
    return _with_places(text, "{address}", "{name}")


def _headers(lines: tuple[str, ...]) -> tuple[str, ...]:
    for line in lines:
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+: ?[\x20-\x7e]+", line):
            raise ValueError('expected headers such as "Authorization: Bearer {token}"')
        _with_places(line, "{token}")
    return lines


def _with_places(text: str, *known: str) -> str:
    for place in _PLACES.findall(text):
        if place not in known:
            raise ValueError(f"{place} means nothing here; known are {' and '.join(known)}")
    return text


Key = Annotated[Secret, AfterValidator(_one_line)]


class S3Options(Options):
    """Options of `[storage.NAME]` with `use = "s3"`."""

    bucket: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$")]
    """Bucket that the objects are kept in. It has to be there."""

    access_key: Key
    """Id of the access key. Its account has to be allowed to list the bucket and its uploads, and to read, write and delete
    objects below `prefix`."""

    secret_key: Key
    """The secret that belongs to it."""

    endpoint: Annotated[str, AfterValidator(_service_address)] | None = None
    """Address of the service. Default: that of Amazon S3 in `region`."""

    region: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "us-east-1"
    """Region of the bucket. Some services have one name for all, such as `auto`, and some take any."""

    addressing: Literal["path", "virtual"] = "path"
    """Where the bucket's name stands: `path` asks `endpoint/bucket/…`, `virtual` asks `bucket.endpoint/…`."""

    prefix: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$")] = ""
    """What the key of each object begins with, without slashes around it. Whatever else lies in the bucket is left alone."""

    ca_file: Path | None = None
    """File with certificates (PEM) that may sign the server's, beside those that this machine trusts. A relative path is meant
    from the configuration's folder."""

    plain_http: bool = False
    """Take an `endpoint` with `http:` that is beyond this machine. Keys stay secret, but anybody on the way can read and change
    what is downloaded: for a trusted network only."""

    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """How long one request may take. Each moves 8 MiB at most, so this also says how slow a line may be."""

    checksums: bool = True
    """Send the SHA-256 of what is uploaded for the service to check and keep. Switch it off for a service that refuses the
    header `x-amz-checksum-sha256`; what it stored is then checked by its MD5, or by reading it back."""

    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = ""
    """Address at which a CDN, or the service itself, serves what lies below `prefix`; each object's address follows from it."""

    signed_seconds: Annotated[int, Field(ge=1, le=LONGEST_SIGNED_SECONDS)] | None = None
    """For a bucket that the public may not read: an object's address is signed, and good for so many seconds."""

    purge_url: Annotated[str, AfterValidator(_purge_address)] = ""
    """Address of the request that makes the CDN forget an object, sent when one was deleted: `{address}` is the object's public
    address, `{name}` its name; behind a `?` both are escaped. Default: none is sent."""

    purge_method: Annotated[str, Field(pattern=r"^[A-Z]+$")] = "PURGE"
    """Method of that request."""

    purge_headers: Annotated[tuple[str, ...], AfterValidator(_headers)] = ()
    """Headers of that request, such as `"Authorization: Bearer {token}"`."""

    purge_body: str = ""
    """Body of that request, in which `{address}` and `{name}` stand for the same."""

    purge_token: Key | None = None
    """What stands for `{token}` in the headers."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.endpoint and self.endpoint.startswith("http:") and not self.plain_http and not _is_here(self.endpoint):
            raise ValueError("endpoint is plain http beyond this machine: use https, or set plain_http on a trusted network")
        if self.public_url and self.signed_seconds:
            raise ValueError("public_url and signed_seconds exclude each other: a CDN's address is not signed")
        if self.purge_url and not self.public_url:
            raise ValueError("purge_url has no meaning without public_url, the address that is purged")
        if bool(self.purge_token) != any("{token}" in line for line in self.purge_headers):
            raise ValueError("purge_token and a {token} in purge_headers belong together")
        if (self.purge_token or self.purge_headers or self.purge_body) and not self.purge_url:
            raise ValueError("purge_headers, purge_body and purge_token have no meaning without purge_url")
        return self


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
