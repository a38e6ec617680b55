"""Bodies of webhooks as GitHub sends them.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#release, …#ping
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslo_core.testing.github.rows import Release, Repository
from aslo_core.testing.github.shapes import Json, Shapes, node_id
from aslo_core.testing.github.store import now

RELEASE_ACTIONS = ("created", "deleted", "edited", "prereleased", "published", "released", "unpublished")
"""Every action of the `release` event. Publishing fires `created`, `published` and `released` or `prereleased`."""

HOOK_ID = 109_948_940


def release_payload(
    shapes: Shapes,
    release: Release,
    action: str = "published",
    *,
    sender: str = "",
    changes: Mapping[str, Any] | None = None,
    installation: int | None = None,
) -> Json:
    """Make the payload of a `release` event.

    Args:
        shapes: shows the release, its repository and its people.
        release: as it is, or as it was before `deleted`.
        action: one of `RELEASE_ACTIONS`.
        sender: login of who did it, the release's author if empty.
        changes: what `edited` changed: field → `{"from": old}`; sent for that action alone.
        installation: id of the App's installation when the hook is an App's.
    """
    repository = shapes.store.get(Repository, release.repository)
    if repository is None:
        raise LookupError(f"release {release.id} names repository {release.repository}, which is not there")
    payload: Json = {"action": action, "release": shapes.release(release), "repository": shapes.repository(repository)}
    if action == "edited":
        payload["changes"] = dict(changes or {})
    payload["sender"] = shapes.account(sender or release.author)
    if installation is not None:
        payload["installation"] = {"id": installation, "node_id": node_id("Installation", installation)}
    return payload


def ping_payload(shapes: Shapes, repository: Repository, hook_url: str) -> Json:
    """Make the payload of a `ping` event, which is sent once when a hook is made."""
    hook = f"{shapes.api}/repos/{repository.full_name}/hooks/{HOOK_ID}"
    return {
        "zen": "Keep it logically awesome.",
        "hook_id": HOOK_ID,
        "hook": {
            "type": "Repository",
            "id": HOOK_ID,
            "name": "web",
            "active": True,
            "events": ["release"],
            "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": hook_url},
            "updated_at": now(),
            "created_at": now(),
            "url": hook,
            "test_url": f"{hook}/test",
            "ping_url": f"{hook}/pings",
            "deliveries_url": f"{hook}/deliveries",
            "last_response": {"code": None, "status": "unused", "message": None},
        },
        "repository": shapes.repository(repository),
        "sender": shapes.account(repository.owner),
    }
