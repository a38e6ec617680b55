"""The keys of `[notifier.NAME]` with `use = "email"`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from aslo_core.api import Options, Secret, TemplateOptions
from aslo_notify_email.addresses import EmailAddress, PersonalAddress

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _without_controls(value: str) -> str:
    if not all(map(str.isprintable, value)):
        raise ValueError("must not hold control characters, such as the end of a line")
    return value


class Author(Options):
    """Somebody who releases activities."""

    login: Annotated[str, Field(min_length=1)]
    """Name of the account on the code host; upper and lower case are the same."""

    address: PersonalAddress
    """Where to write to."""


class EmailOptions(TemplateOptions):
    """The mail server, who writes, and who is written to."""

    host: Annotated[str, Field(min_length=1, pattern=r"^\S+$"), AfterValidator(_without_controls)]
    """Name or address of the mail server. With encryption, its certificate has to be for this name."""

    sender: EmailAddress
    """Address that the messages are from, for example `ASLO <aslo@example.org>`."""

    to: tuple[PersonalAddress, ...] = ()
    """Addresses that every notice goes to; all who get it see them. They are kept secret, so that none is recorded in the log
    with the configuration."""

    authors: tuple[Author, ...] = ()
    """Authors who are to be written to as well: `[{ login = "ada", address = "ada@example.org" }]`. Code hosts tell nobody's
    address, so that whoever is not here is not written to. Nobody else sees it, and it is not recorded either."""

    security: Literal["starttls", "tls", "none"] = "starttls"
    """`starttls` encrypts before anything is said, and gives up where the server cannot; `tls` encrypts from the first byte;
    `none` sends everything readably, the password too: for a server on this machine."""

    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of the server. Default: 587 with `starttls`, 465 with `tls`, 25 with `none`."""

    user: Annotated[str, Field(min_length=1), AfterValidator(_without_controls)] | None = None
    """Account on the server; needs `password`. Default: no login."""

    password: Secret | None = None
    """Password of the account."""

    ca_file: Path | None = None
    """File with the certificates (PEM) that alone may sign the server's, for one with a certificate of one's own. Default:
    those that this machine trusts."""

    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    """How long to wait for the server at every step before giving up."""

    @property
    def server_port(self) -> int:
        """The port, given or usual."""
        return self.port or _PORTS[self.security]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not (self.to or self.authors):
            raise ValueError("nobody is written to; give `to`, or `authors`")
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` go together; give both, or none")
        if self.ca_file is not None and self.security == "none":
            raise ValueError('ca_file has no meaning with security = "none": remove one of them')
        return self
