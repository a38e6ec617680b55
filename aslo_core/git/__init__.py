"""Fetching one commit of a git repository that nobody trusts.

Plugins use it as `from aslo_core.api import git`: `git.fetch_tag(git.Remote(address), tag, into)`. No code of the repository
runs, none of its settings apply, and what is written are the bytes of the commit's files: no hooks, filters, attributes,
submodules or large-file pointers are followed; a link that leads to a file of the commit is that file.
"""

from __future__ import annotations

from aslo_core.git.addresses import Address, AllowList, check_address
from aslo_core.git.fetch import Checkout, Remote, fetch_commit, fetch_tag
from aslo_core.git.names import check_commit, check_path, check_tag
from aslo_core.git.options import FetchOptions
from aslo_core.git.program import Limits
from aslo_core.git.version import check_program

__all__ = [
    "Address",
    "AllowList",
    "Checkout",
    "FetchOptions",
    "Limits",
    "Remote",
    "check_address",
    "check_commit",
    "check_path",
    "check_program",
    "check_tag",
    "fetch_commit",
    "fetch_tag",
]
