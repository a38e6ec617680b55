"""A root tree to build in: Debian's Python, Sugar's builder and ASLO's packer, the same bytes wherever it is made.

Made by an ordinary user, without a daemon and without a registry, on a machine whose apt knows Debian's packages. Its digest
names it.
"""

from aslo_core.rootfs.layer import tree_digest, write_layer
from aslo_core.rootfs.packages import PACKAGES, RELEASE
from aslo_core.rootfs.tree import LAUNCHER, PROGRAMS, PYTHON, Manifest, RootTree, make_tree, read_tree

__all__ = [
    "LAUNCHER",
    "PACKAGES",
    "PROGRAMS",
    "PYTHON",
    "RELEASE",
    "Manifest",
    "RootTree",
    "make_tree",
    "read_tree",
    "tree_digest",
    "write_layer",
]
