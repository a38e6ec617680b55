"""What bundles are made with in a root tree, as it is recorded with every build."""

from __future__ import annotations

from collections.abc import Iterable

from aslo_core.types import Toolchain

SETUP_BUILDER = "aslo_core.bundle.setup_builder"
"""Name of the module, in a root tree, that runs a repository's own `setup.py`."""


def packer_in_tree(packer: str, runtime: str, image: str) -> Toolchain:
    """ASLO's own packer; `packer` is its version."""
    return Toolchain(name="aslo-packer", version=packer, runtime=runtime, image=image)


def sugar_in_tree(packages: Iterable[str], runtime: str, image: str) -> Toolchain:
    """Sugar's own builder, called directly."""
    return _with_sugar("sugar3.activity.bundlebuilder", packages, runtime, image)


def setup_in_tree(packages: Iterable[str], runtime: str, image: str) -> Toolchain:
    """A repository's own `setup.py`. The version is that of Sugar's toolkit: the script's own is the commit's."""
    return _with_sugar("setup.py", packages, runtime, image)


def _with_sugar(name: str, packages: Iterable[str], runtime: str, image: str) -> Toolchain:
    versions = dict(package.split(" ")[0].split("=", 1) for package in packages if "=" in package)
    return Toolchain(
        name=name,
        version=versions.get("python3-sugar3", ""),
        runtime=f"{runtime}, gettext {versions.get('gettext', '')}",
        image=image,
    )
