"""The paths of pages, for the web that serves them and for all that links to them."""

from __future__ import annotations

import re
from urllib.parse import quote

from aslo_core.rules import rulebook

LIVE = "/live/"
"""What lies below is served by `aslo live`, and nothing else."""

_UNSAFE = re.compile(r"[^\w.+~-]+")


def release_path(stream: str) -> str:
    """Status page of the release of that stream (`release/<source>/<repository id>/<release id>`)."""
    return f"/status/releases/{quote(stream.removeprefix('release/'))}"


def log_path(stream: str, attempt: int) -> str:
    """Plain text of what an attempt of a release wrote."""
    return f"/status/logs/{attempt}/{quote(stream.removeprefix('release/'))}"


def live_log_path(stream: str, attempt: int) -> str:
    """The same, as a stream of events that goes on until the attempt has ended."""
    return f"{LIVE}logs/{attempt}/{quote(stream.removeprefix('release/'))}"


def delivery_path(source: str, id_: str) -> str:
    """Status page of a delivery."""
    return f"/status/deliveries/{quote(source)}/{quote(id_)}"


def activity_path(bundle_id: str, version: str = "") -> str:
    """Page of a version of an activity; of its latest one when none is named."""
    page = f"/activities/{quote(bundle_id, safe='')}"
    return f"{page}/{quote(version, safe='')}" if version else page


def download_path(bundle_id: str, version: str, file_name: str) -> str:
    """Address of a bundle.

    Args:
        bundle_id: the activity's id.
        version: its version as written.
        file_name: name of the file for people, as its metadata has it; what is not safe in it is replaced.
    """
    return f"/download/{quote(bundle_id, safe='')}/{quote(version, safe='')}/{quote(safe_file_name(file_name), safe='')}"


def rule_path(code: str) -> str:
    """Page that explains a rule; empty where there is none, as of the rules of plugins that are not ASLO's own."""
    return f"/rules/{code}" if code in rulebook().by_code else ""


def safe_file_name(file_name: str) -> str:
    """A name that is safe on every file system and in an address, at most 120 characters, ending in `.xo`."""
    stem = _UNSAFE.sub("-", file_name.removesuffix(".xo")).strip("-.")[:117]
    return f"{stem or 'activity'}.xo"
