"""Values for tests, with sensible contents where a test does not care."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from aslo_core import events as e
from aslo_core.messages.samples import sample
from aslo_core.types import (
    Announcement,
    Asset,
    Blob,
    BuildLimits,
    Isolation,
    Metadata,
    Notice,
    NoticeKind,
    Person,
    Repository,
    TakenAsset,
    Toolchain,
)


def blob(content: bytes | str = b"bundle", suffix: str = ".xo") -> Blob:
    """Name some bytes."""
    data = content.encode() if isinstance(content, str) else content
    return Blob(digest=hashlib.sha256(data).hexdigest(), size=len(data), suffix=suffix)


def repository(id_: str = "1", name: str = "maze-activity", owner: str = "sugarlabs", source: str = "github") -> Repository:
    """Name a repository."""
    return Repository(source=source, id=id_, owner=owner, name=name, url=f"https://github.com/{owner}/{name}")


def announcement(
    release_id: str = "10",
    tag: str = "v1",
    *,
    of: Repository | None = None,
    assets: tuple[Asset, ...] = (),
    **fields: Any,
) -> Announcement:
    """Announce a release."""
    return Announcement(
        repository=of or repository(), release_id=release_id, tag=tag, author=Person(login="ada"), assets=assets, **fields
    )


def metadata(bundle_id: str = "org.example.Maze", version: str = "1", **fields: Any) -> Metadata:
    """Describe a bundle."""
    made = Metadata(
        bundle_id=bundle_id,
        name="Maze",
        version=version,
        toolkit="gtk3",
        min_sugar="0.96",
        icon="<svg xmlns='http://www.w3.org/2000/svg'/>",
        file_name=f"Maze-{version}.xo",
    )
    return msgspec.structs.replace(made, **fields)


def fetched(attempt: int, commit: str = "c" * 40, asset: Blob | None = None) -> e.SourceFetched:
    """Tell that a source was fetched."""
    return e.SourceFetched(
        attempt=attempt,
        address="https://github.com/sugarlabs/maze-activity.git",
        commit=commit,
        tag_object="",
        tree_digest="a" * 64,
        files=3,
        source=blob("source", ".tar"),
        asset=TakenAsset(id="1", name="Maze.xo", blob=asset) if asset else None,
        contributors=(),
        warnings=(),
    )


def built(attempt: int, bundle: Blob | None = None) -> e.BundleBuilt:
    """Tell that a bundle was built."""
    return e.BundleBuilt(
        attempt=attempt,
        builder="sandbox",
        toolchain=Toolchain(name="aslo-packer", version="1"),
        isolation=Isolation(level="sandbox", detail="test"),
        limits=BuildLimits(),
        bundle=bundle or blob(),
        seconds=0.5,
    )


def inspected(attempt: int, described: Metadata | None = None) -> e.BundleInspected:
    """Tell that a bundle was inspected."""
    return e.BundleInspected(
        attempt=attempt,
        metadata=described or metadata(),
        content_digest="d" * 64,
        entries=3,
        icons=(),
        screenshots=(),
        warnings=(),
    )


def recorded(event: e.Event, stream: str, version: int) -> e.Recorded:
    """Tell that an event stands in a stream, where its place in the log does not matter."""
    return e.Recorded(
        position=0,
        id=f"{stream}-{version}",
        stream=stream,
        version=version,
        recorded_us=0,
        cause=e.Cause(source="test", actor="test"),
        key="",
        type=event.event_name,
        schema=event.event_version,
        event=event,
    )


def notice(id_: str, kind: NoticeKind, **fields: Any) -> Notice:
    """Compose a notice about a release of Maze; its reason, where its kind has one, contains its id."""
    whole = sample(kind)
    reason = f"It went so, see {id_}." if whole.reason else ""
    return msgspec.structs.replace(whole, **({"id": id_, "reason": reason} | fields))
