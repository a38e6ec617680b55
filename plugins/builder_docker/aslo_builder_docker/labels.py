"""The labels that images and containers of ASLO carry, so that they are found again and nobody else's are touched."""

from __future__ import annotations

_PREFIX = "org.sugarlabs.aslo"

TREE = f"{_PREFIX}.tree"
"""Of an image: digest of its root tree."""
PACKER = f"{_PREFIX}.packer"
"""Of an image: version of the packer in it."""
RUNTIME = f"{_PREFIX}.runtime"
"""Of an image: the Python and the zlib in it."""
PACKAGES = f"{_PREFIX}.packages"
"""Of an image: its Debian packages, each with version and architecture, separated by commas."""

BUILDER = f"{_PREFIX}.builder"
"""Of a container: whose it is, data directory and name of the builder."""
SESSION = f"{_PREFIX}.session"
"""Of a container: the run of ASLO that made it."""
