"""A root tree to build in: Debian's Python, Sugar's builder and ASLO's programs, the same bytes wherever it is made.

Made by an ordinary user, without a daemon and without a registry, on a machine whose apt knows Debian's packages. Its digest
names it.
"""

from aslo_core.rootfs.layer import tree_digest, write_layer
from aslo_core.rootfs.packages import BASE_IMAGE, CONTAINER_SCRIPT, PACKAGES, RELEASE, has_apt
from aslo_core.rootfs.toolchains import SETUP_BUILDER, packer_in_tree, setup_in_tree, sugar_in_tree
from aslo_core.rootfs.tree import LAUNCHER, PROGRAMS, PYTHON, Manifest, RootTree, make_tree, read_tree

__all__ = [
    "BASE_IMAGE",
    "CONTAINER_SCRIPT",
    "LAUNCHER",
    "PACKAGES",
    "PROGRAMS",
    "PYTHON",
    "RELEASE",
    "SETUP_BUILDER",
    "Manifest",
    "RootTree",
    "has_apt",
    "make_tree",
    "packer_in_tree",
    "read_tree",
    "setup_in_tree",
    "sugar_in_tree",
    "tree_digest",
    "write_layer",
]
