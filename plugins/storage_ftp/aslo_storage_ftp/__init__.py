"""An FTP or FTPS server as a storage of ASLO: `use = "ftp"`."""

from __future__ import annotations

import ssl

from aslo_core.api import Context, Offer, Storage, hook
from aslo_storage_ftp.connection import IMPLICIT_PORT, PORT, Server
from aslo_storage_ftp.options import FtpOptions
from aslo_storage_ftp.storage import FtpStorage

__all__ = ["FtpOptions", "FtpStorage", "aslo_storages", "create"]


def create(options: FtpOptions, context: Context) -> FtpStorage:
    """Make the storage; the server is not asked yet.

    Raises:
        ValueError: `ca_file` cannot be read or holds no certificate.
    """
    server = Server(
        host=options.host,
        port=options.port or (IMPLICIT_PORT if options.tls == "implicit" else PORT),
        user=options.user,
        password=options.password.get_secret_value(),
        path=options.path,
        timeout=options.timeout_seconds,
        tls=_tls(options, context),
        implicit=options.tls == "implicit",
    )
    return FtpStorage(context.name, server, options.public_url)


def _tls(options: FtpOptions, context: Context) -> ssl.SSLContext | None:
    if options.tls == "off":
        return None
    if options.ca_file is None:
        return ssl.create_default_context()
    file = context.directory / options.ca_file
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:
        raise ValueError(f"ca_file: {file} is no file of certificates in PEM form: {error.strerror or error}") from error


@hook
def aslo_storages() -> list[Offer[Storage]]:
    """Offer `ftp`."""
    return [Offer("ftp", FtpOptions, create)]
