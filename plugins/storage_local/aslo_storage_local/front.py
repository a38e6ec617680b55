"""What a web server in front of ASLO, which can read the folder itself, is told for it to send an object."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from aslo_core.api import ConfigError, ConfigProblem, Handover

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Front:
    """A web server in front.

    Attributes:
        header: the header that it looks for in ASLO's answers.
        prefix: what stands before an object's name in that header; needs no quoting, ends with a slash.
    """

    header: str
    prefix: str

    @classmethod
    def nginx(cls, internal_path: str) -> Self:
        """Of nginx, which looks for the path of a location of its own: ngx_http_proxy_module, `X-Accel-Redirect`.

        Args:
            internal_path: that location, of characters that need not be quoted, with a slash at its end.
        """
        return cls("X-Accel-Redirect", internal_path)

    @classmethod
    def sendfile(cls, root: Path) -> Self:
        """Of Apache with mod_xsendfile and of lighttpd, which look for the path of a file.

        Args:
            root: the folder.

        Raises:
            ConfigError: its path has characters that lighttpd wants to be quoted, while Apache takes them as they are.
        """
        path = str(root.absolute())
        if quote(os.fsencode(path)) != path:
            allowed = 'with serve_with = "x-sendfile" it takes ASCII letters, digits and / . _ ~ - alone'
            raise ConfigError([ConfigProblem("", 0, "path", f"{path!a}", allowed)])
        return cls("X-Sendfile", f"{path}/")

    def handover(self, name: str) -> Handover:
        """What hands over the object of that name."""
        return Handover(header=self.header, value=self.prefix + name)
