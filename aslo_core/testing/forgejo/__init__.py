"""A double of Forgejo: real repositories, HTTP, git and webhooks on the loopback address.

It is made after https://forgejo.org/docs/latest/user/webhooks/, https://docs.gitea.com/usage/webhooks and the API's own
description; Gitea differs in the names of some headers, which `Flavour` chooses.

In a test::

    with Forgejo(tmp_path, tokens={"secret": {"read:repository"}}) as forge:
        repository = forge.add_repository("sugarlabs", "maze", bare_repository)
        release = forge.publish(repository, "v1")
        deliver(hook_url, "release", forge.payload(release, "published"), "hook secret")
"""

from __future__ import annotations

from aslo_core.testing.code_host.posting import Answer
from aslo_core.testing.forgejo.hooks import Flavour, deliver, delivery_headers, encode, sign
from aslo_core.testing.forgejo.rows import Attachment, Release, Repository
from aslo_core.testing.forgejo.server import Forgejo

__all__ = [
    "Answer",
    "Attachment",
    "Flavour",
    "Forgejo",
    "Release",
    "Repository",
    "deliver",
    "delivery_headers",
    "encode",
    "sign",
]
