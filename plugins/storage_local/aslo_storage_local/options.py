"""The options of `[storage.NAME]` with `use = "local"`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from aslo_core.api import Options

_INTERNAL_PATH = re.compile(r"/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)+")


def _internal_path(text: str) -> str:
    if not _INTERNAL_PATH.fullmatch(text):
        raise ValueError(
            "expected the path of a location such as /-/bundles/: a slash at both ends, and between them names of letters, "
            "digits, dots, hyphens, underscores and tildes that do not begin with a dot"
        )
    return text


class LocalOptions(Options):
    """Options of `[storage.NAME]` with `use = "local"`."""

    path: Path
    """Folder that the objects are kept in, made at the first one. A relative path is meant from the configuration's folder.
    Its file system must know hard links (ext4, XFS, Btrfs, ZFS, NFS)."""

    serve_with: Literal["x-accel-redirect", "x-sendfile"] | None = None
    """Have the web server in front send downloads itself, which has to be able to read the folder: nginx by `x-accel-redirect`,
    Apache and lighttpd by `x-sendfile`; its requests say so by the header `X-Sendfile-Type`. Default: ASLO sends them."""

    internal_path: Annotated[str, AfterValidator(_internal_path)] | None = None
    """Path of the `internal` location of nginx that leads to the folder, for example `/-/bundles/`."""

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.serve_with == "x-accel-redirect" and self.internal_path is None:
            raise ValueError('serve_with = "x-accel-redirect" needs internal_path, the internal location of nginx')
        if self.serve_with != "x-accel-redirect" and self.internal_path is not None:
            raise ValueError('internal_path has no meaning without serve_with = "x-accel-redirect": remove it')
        return self
