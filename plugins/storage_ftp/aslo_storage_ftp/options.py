"""The options of `[storage.NAME]` with `use = "ftp"`."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from aslo_core.api import Options, Secret


def _without_controls(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("must not hold control characters, such as the end of a line")
    return value


def _secret_without_controls(value: Secret) -> Secret:
    _without_controls(value.get_secret_value())
    return value


Text = Annotated[str, AfterValidator(_without_controls)]
"""What goes into a command of FTP, where the end of a line would begin another command."""


class FtpOptions(Options):
    """Options of `[storage.NAME]` with `use = "ftp"`."""

    host: Annotated[Text, Field(min_length=1, pattern=r"^\S+$")]
    """Name or address of the server. With TLS, its certificate has to be for this name."""

    user: Annotated[Text, Field(min_length=1)]
    """Account on the server. It has to be allowed to list, read, write, rename and delete files and to make folders."""

    password: Annotated[Secret, AfterValidator(_secret_without_controls)]
    """Password of the account."""

    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of the server. Default: 21, or 990 with `tls = "implicit"`."""

    path: Text = ""
    """Folder on the server that the objects are kept in, made at the first one. Without a slash in front it is meant from the
    folder that the login leads to, which is also the default. Two tables with one path that begins with a slash are one place
    to ASLO, whatever their accounts, and are refused."""

    tls: Literal["explicit", "implicit", "off"] = "explicit"
    """`explicit` encrypts commands and data (AUTH TLS) and checks the server's certificate. `implicit` does so from the first
    byte on, for older servers with a port of its own for that. `off` sends the password and everything else readably: for a
    trusted network only."""

    ca_file: Path | None = None
    """File with the certificates (PEM) that alone are trusted to sign the server's, for a server with a certificate of one's
    own. Default: those that this machine trusts. A relative path is meant from the configuration's folder."""

    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    """How long to wait for the server at every step before giving up."""

    public_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Address at which a web server serves `path`, if one does, from which each object's address follows. Downloads from the
    catalogue are led there where this storage is the one to be read first."""

    @model_validator(mode="after")
    def _ca_file_needs_tls(self) -> Self:
        if self.ca_file is not None and self.tls == "off":
            raise ValueError('ca_file has no meaning with tls = "off": remove one of them')
        return self
