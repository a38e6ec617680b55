"""A double of GitHub: real repositories, HTTP, git and webhooks on the loopback address, and a journal of what was changed.

In a test::

    with GitHub(tmp_path, tokens={"secret": "aslo-bot"}) as github:
        repository = github.add_repository("sugarlabs", "hello-activity", working_tree)
        release = github.add_release(repository, "v1")
        deliver(hook_url, "release", github.release_payload(release), "hook secret")

As a program: `python -m aslo_core.testing.github --root DIR --port 0 --journal FILE`.
"""

from __future__ import annotations

from aslo_core.testing.code_host.posting import Answer
from aslo_core.testing.github.hooks import deliver, delivery_headers, encode, sign
from aslo_core.testing.github.journal import Journal, JournalEntry
from aslo_core.testing.github.payloads import RELEASE_ACTIONS
from aslo_core.testing.github.rows import Account, Asset, Comment, Release, Repository, Status
from aslo_core.testing.github.server import AppKey, GitHub

__all__ = [
    "RELEASE_ACTIONS",
    "Account",
    "Answer",
    "AppKey",
    "Asset",
    "Comment",
    "GitHub",
    "Journal",
    "JournalEntry",
    "Release",
    "Repository",
    "Status",
    "deliver",
    "delivery_headers",
    "encode",
    "sign",
]
