"""Uploads under another name, and what is left of those whose process or connection ended."""

from __future__ import annotations

import datetime as dt
import secrets
from ftplib import FTP, error_perm, error_temp
from typing import TYPE_CHECKING

from aslo_storage_ftp.listing import GOES_AWAY, says, written_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREFIX = ".part-"
_ABANDONED_AFTER = dt.timedelta(days=1)
"""Without a write for so long, an upload has certainly lost its connection. Clocks may differ by hours."""


def new_temporary() -> str:
    """A name that nobody else uploads to, and that is no object's."""
    return _PREFIX + secrets.token_hex(8)


def sweep(ftp: FTP, names: Iterable[str]) -> Iterator[str]:
    """Remove the abandoned ones of the files `names` of the folder that was gone to; their names."""
    oldest = dt.datetime.now(dt.UTC) - _ABANDONED_AFTER
    for name in names:
        if name.startswith(_PREFIX) and (written := written_at(ftp, name)) and written < oldest:
            try:
                ftp.delete(name)
            except (error_perm, error_temp) as error:  # another process sweeps as well, or it is not ours, or in use
                if says(error, GOES_AWAY):
                    raise
                continue
            yield name
