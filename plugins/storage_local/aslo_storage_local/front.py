"""What a web server in front of ASLO, which can read the folder itself, is told for it to send an object."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from aslo_core.api import Handover

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Front:
    """A web server in front.

    Attributes:
        header: the header that it looks for in ASLO's answers.
        prefix: what stands before an object's name in that header, quoted, with a slash at its end.
    """

    header: str
    prefix: str

    @classmethod
    def nginx(cls, internal_path: str) -> Self:
        """Of nginx, which looks for a path of its own: proxy_pass, X-Accel-Redirect; it takes it apart as it does an address."""
        return cls("X-Accel-Redirect", quote(internal_path))

    @classmethod
    def sendfile(cls, root: Path) -> Self:
        """Of Apache with mod_xsendfile and of lighttpd, which look for the path of a file; both take escapes out of it."""
        return cls("X-Sendfile", quote(os.fsencode(root.absolute())) + "/")

    def handover(self, name: str) -> Handover:
        """What hands over the object of that name."""
        return Handover(header=self.header, value=self.prefix + name)
