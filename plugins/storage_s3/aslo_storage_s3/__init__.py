"""A bucket of any S3-compatible service, with or without a CDN in front, as a storage of ASLO: `use = "s3"`."""

from __future__ import annotations

import ssl
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.store import S3Store

from aslo_core.api import Context, Offer, Storage, hook
from aslo_storage_s3.bucket import Bucket
from aslo_storage_s3.listing import Listing
from aslo_storage_s3.options import S3Options
from aslo_storage_s3.purging import Purge
from aslo_storage_s3.storage import S3Storage

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ClientConfig, S3Config, S3Credential

__all__ = ["S3Options", "S3Storage", "aslo_storages", "create"]

_TRIES_AGAIN = 1
"""How often a request is repeated at once. Whoever asked tries again later, with growing pauses."""


def create(options: S3Options, context: Context) -> S3Storage:
    """Make the storage; the service is not asked yet.

    Raises:
        ValueError: `ca_file` cannot be read or holds no certificate.
    """
    bucket = Bucket(
        name=options.bucket,
        endpoint=options.endpoint or f"https://s3.{options.region}.amazonaws.com",
        region=options.region,
        virtual=options.addressing == "virtual",
        prefix=f"{options.prefix}/" if options.prefix else "",
        access_key=options.access_key.get_secret_value(),
        secret_key=options.secret_key.get_secret_value(),
    )
    tls = ssl.create_default_context()
    certificates = b"" if options.ca_file is None else _trust(tls, context.directory / options.ca_file)
    return S3Storage(
        context.name,
        bucket,
        _store(bucket, options, certificates),
        Listing(bucket, options.timeout_seconds, tls),
        public_url=options.public_url,
        signed_seconds=options.signed_seconds,
        purge=_purge(options, tls) if options.purge_url else None,
    )


def _store(bucket: Bucket, options: S3Options, certificates: bytes) -> S3Store:
    """Make obstore's connection. What says where and who is said here, so that the environment's `AWS_…` does not."""
    config: S3Config = {
        "aws_endpoint_url_s3": bucket.service,
        "region": bucket.region,
        "virtual_hosted_style_request": bucket.virtual,
        "conditional_put": "etag",
        "disable_bulk_delete": True,  # not every service knows it, and one object at a time is deleted
        "skip_signature": False,
        "unsigned_payload": False,
        "s3_express": False,
    }
    if options.checksums:
        config["checksum_algorithm"] = "SHA256"
    client: ClientConfig = {
        "allow_http": bucket.service.startswith("http:"),
        "connect_timeout": timedelta(seconds=options.timeout_seconds),
        "timeout": timedelta(seconds=options.timeout_seconds),
    }
    if certificates:
        client["root_certificate"] = certificates
    credential: S3Credential = {"access_key_id": bucket.access_key, "secret_access_key": bucket.secret_key, "expires_at": None}
    return S3Store(
        bucket.name,
        config=config,
        client_options=client,
        retry_config={"max_retries": _TRIES_AGAIN, "retry_timeout": timedelta(seconds=options.timeout_seconds)},
        credential_provider=lambda: credential,
    )


def _trust(tls: ssl.SSLContext, file: Path) -> bytes:
    """Trust the certificates of a file as well, and give what it holds."""
    try:
        tls.load_verify_locations(cafile=file)
        return file.read_bytes()
    except OSError as error:
        raise ValueError(f"ca_file: {file} is no file of certificates in PEM form: {error.strerror or error}") from error


def _purge(options: S3Options, tls: ssl.SSLContext) -> Purge:
    token = options.purge_token.get_secret_value() if options.purge_token else ""
    pairs = (line.replace("{token}", token).split(":", 1) for line in options.purge_headers)
    return Purge(
        method=options.purge_method,
        url=options.purge_url,
        body=options.purge_body,
        headers={name: value.strip() for name, value in pairs},
        timeout=options.timeout_seconds,
        tls=tls,
    )


@hook
def aslo_storages() -> list[Offer[Storage]]:
    """Offer `s3`."""
    return [Offer("s3", S3Options, create)]
