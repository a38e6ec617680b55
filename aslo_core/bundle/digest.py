"""Digests over the content of a set of files, whatever the archive they travel in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def tree_digest(entries: Iterable[tuple[str, str]]) -> str:
    r"""Digest the files of a source tree.

    Args:
        entries: path (relative, `/`-separated) and SHA-256 of the bytes (64 lower-case hexadecimal digits) of each file, in
            any order.

    Returns:
        SHA-256 over the lines `<sha256>  <path>\n`, sorted bytewise by path, as `sha256sum` would print them.
    """
    lines = sorted((path.encode(), digest.encode("ascii")) for path, digest in entries)
    whole = hashlib.sha256()
    for path, digest in lines:
        whole.update(b"%s  %s\n" % (digest, path))
    return whole.hexdigest()


def content_digest(entries: Iterable[tuple[str, str]]) -> str:
    """Digest the content of a bundle: `tree_digest` of its files, paths with the root directory, without `.mo` files.

    Compiled translations are left out because their layout differs between tools while their catalogue does not; the
    `.po` files that they come from are in the bundle and counted.
    """
    return tree_digest((path, digest) for path, digest in entries if not path.endswith(".mo"))
