"""The option of commands that make a log: whose rights make its tables on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aslo_core.errors import AsloError

if TYPE_CHECKING:
    from sqlalchemy import URL

    from aslo_core.log import Where

administrator = click.option(
    "--as",
    "admin",
    metavar="ADDRESS",
    envvar="ASLO_DB_ADMIN",
    help="On PostgreSQL: the address of the same database with a role that may make roles and schemas. Also $ASLO_DB_ADMIN.",
)


def administrators_address(admin: str | None, where: Where) -> URL | None:
    """Read what was given by the option, for the log at an address; None where it was not given.

    Raises:
        AsloError: it is no such address, or there is no PostgreSQL to use it for.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if admin is None:
        return None
    if isinstance(where, Path):
        raise AsloError(f"the log is the file {where}: --as is for a log on PostgreSQL (data.log_url)")
    try:
        url = make_url(admin)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() not in {"postgresql", "postgres"} or not url.username:
        raise AsloError("--as takes an address such as postgresql://postgres@db.example.org/aslo")
    if url.database != where.database:
        raise AsloError(f"--as names the database {url.database}, data.log_url {where.database}: they must be the same one")
    return url
