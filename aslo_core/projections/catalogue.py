"""Read model: the activities that can be downloaded. Derived from the activities' own streams alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from aslo_core.bundle.versions import Version
from aslo_core.errors import Permanent
from aslo_core.events import (
    ActivityRestated,
    ActivityTransferred,
    Event,
    Recorded,
    VersionLifted,
    VersionPublished,
    VersionWithdrawn,
)
from aslo_core.projections.catalogue_tables import (
    ActivityRow,
    VersionBrief,
    VersionRow,
    activities,
    icons,
    pictures,
    tables,
    versions,
)
from aslo_core.projections.projection import Projection
from aslo_core.projections.rows import Row, Rows
from aslo_core.types import Blob


def apply(rows: Rows, recorded: Recorded) -> None:
    """Carry what was published or withdrawn into the catalogue; other events change nothing."""
    match recorded.event:
        case VersionPublished() as event:
            _publish(rows, recorded, event)
        case VersionWithdrawn() as event:
            bundle_id = _activity(recorded)
            told = {"withdrawn_by": event.by, "withdrawn_reason": event.reason, "hold": event.hold}
            rows.change(versions, (bundle_id, event.version), told | {"withdrawn_us": recorded.recorded_us})
            _show(rows, bundle_id, _elect_latest(rows, bundle_id))
        case VersionLifted() as event:
            rows.change(versions, (_activity(recorded), event.version), {"hold": ""})
        case ActivityTransferred() as event:
            rows.change(activities, (_activity(recorded),), {"repository": event.owner})
        case ActivityRestated() as event:
            _keep_withdrawn(rows, recorded, event)
        case _:
            return


_TYPES: frozenset[type[Event]] = frozenset(
    {VersionPublished, VersionWithdrawn, VersionLifted, ActivityTransferred, ActivityRestated}
)

PROJECTION = Projection("catalogue", 2, tables, _TYPES, apply)


def sort_key(version: str) -> str:
    """Text that sorts as the version does: each number with the count of its digits before it."""
    return "".join(f"{len(str(number)):02}{number}" for number in Version.parse(version).numbers)


def _activity(recorded: Recorded) -> str:
    return recorded.stream.removeprefix("activity/")


def _publish(rows: Rows, recorded: Recorded, event: VersionPublished) -> None:
    bundle_id = _activity(recorded)
    icon = hashlib.sha256(event.metadata.icon.encode()).hexdigest()
    rows.keep(icons, {"digest": icon, "svg": event.metadata.icon})
    version: Row = {name: getattr(event, name) for name in VersionPublished.__struct_fields__}
    version |= {"metadata": msgspec.structs.replace(event.metadata, icon=""), "icon": icon}
    version |= {"bundle_id": bundle_id, "sort_key": sort_key(event.version)}
    version |= {"position": recorded.position, "published_us": recorded.recorded_us}
    version |= {"withdrawn_us": None, "withdrawn_by": "", "withdrawn_reason": "", "hold": ""}
    rows.put(versions, version)
    for image in event.pictures:
        rows.keep(pictures, {"digest": image.digest, "bundle_id": bundle_id, "version": event.version, "image": image})
    activity = rows.find(activities, bundle_id)
    if activity is None:
        born = {"bundle_id": bundle_id, "repository": event.repository, "latest": None, "latest_us": 0, "position": 0}
        rows.add(activities, born | dict.fromkeys(("name", "name_key", "summary", "icon"), ""))
        _show(rows, bundle_id, version)
    elif activity["latest"] == event.version:  # published again, and perhaps as a pre-release this time
        _show(rows, bundle_id, _elect_latest(rows, bundle_id))
    else:
        latest = rows.find(versions, bundle_id, activity["latest"]) if activity["latest"] else None
        if latest is None or _rank(version) > _rank(latest):
            _show(rows, bundle_id, version)


def _keep_withdrawn(rows: Rows, recorded: Recorded, event: ActivityRestated) -> None:
    """Take back what was withdrawn by an event that has been erased since."""
    bundle_id = _activity(recorded)
    told = {"withdrawn_by": "somebody whose name was erased", "withdrawn_reason": "The record of its withdrawal was erased."}
    for version in event.published:
        row = rows.find(versions, bundle_id, version.version)
        if not version.live and row is not None and row["withdrawn_us"] is None:
            lost = {"withdrawn_us": recorded.recorded_us, "hold": version.hold}
            rows.change(versions, (bundle_id, version.version), told | lost)
    _show(rows, bundle_id, _elect_latest(rows, bundle_id))


def _rank(version: Mapping[str, Any]) -> tuple[bool, str, int]:
    """The latest version is the one with the highest rank: a pre-release only where there is nothing else."""
    return not version["prerelease"], version["sort_key"], version["position"]


def _elect_latest(rows: Rows, bundle_id: str) -> Mapping[str, Any] | None:
    """The version of the highest rank that is not withdrawn."""
    order = (versions.c.prerelease, versions.c.sort_key.desc(), versions.c.position.desc())
    mine = (versions.c.bundle_id == bundle_id) & versions.c.withdrawn_us.is_(None)
    found = rows.sql().execute(select(versions).where(mine).order_by(*order).limit(1)).mappings().one_or_none()
    return dict(found) if found else None


def _show(rows: Rows, bundle_id: str, version: Mapping[str, Any] | None) -> None:
    changed: Row = {"latest": None}
    if version is not None:
        name, summary = version["metadata"].name, version["metadata"].summary
        changed = {"latest": version["version"], "latest_us": version["published_us"], "position": version["position"]}
        changed |= {"icon": version["icon"], "name": name, "name_key": name.casefold(), "summary": summary}
    rows.change(activities, (bundle_id,), changed)


# --- queries ------------------------------------------------------------------------------------------------------------

_LISTED = [activities.c[name] for name in ActivityRow.__struct_fields__]


def _list(connection: Connection, query: Select[Any]) -> tuple[ActivityRow, ...]:
    listed = query.where(activities.c.latest.is_not(None))
    return tuple(ActivityRow(**row) for row in connection.execute(listed).mappings())


def newest(connection: Connection, limit: int, offset: int = 0) -> tuple[ActivityRow, ...]:
    """Activities by the time of their latest version, newest first."""
    return _list(connection, select(*_LISTED).order_by(activities.c.position.desc()).limit(limit).offset(offset))


def alphabetical(connection: Connection, limit: int, offset: int = 0) -> tuple[ActivityRow, ...]:
    """Activities by name, upper and lower case alike."""
    order = (activities.c.name_key, activities.c.bundle_id)
    return _list(connection, select(*_LISTED).order_by(*order).limit(limit).offset(offset))


def count(connection: Connection) -> int:
    """How many activities have a version to download."""
    return connection.scalar(select(func.count()).where(activities.c.latest.is_not(None))) or 0


def latest(connection: Connection, bundle_id: str) -> str | None:
    """The activity's latest version as written, or None when there is none."""
    return connection.scalar(select(activities.c.latest).where(activities.c.bundle_id == bundle_id))


def find(connection: Connection, bundle_id: str, version: str) -> VersionRow | None:
    """One version of an activity, withdrawn or not, or None when it was never published."""
    columns = [versions.c[name] for name in VersionRow.__struct_fields__]
    this = (versions.c.bundle_id == bundle_id) & (versions.c.version == version)
    row = connection.execute(select(*columns).where(this)).mappings().one_or_none()
    return VersionRow(**row) if row else None


def find_equal(connection: Connection, bundle_id: str, version: str) -> VersionRow | None:
    """The version that is equal to this one, however it is written: `1` for `1.0`.

    Of several, of which at most one can be downloaded, that one, else the newest.
    """
    try:
        key = sort_key(version)
    except Permanent:
        return None
    equal = (versions.c.bundle_id == bundle_id) & (versions.c.sort_key == key)
    order = (versions.c.withdrawn_us.is_not(None), versions.c.position.desc())
    written = connection.scalar(select(versions.c.version).where(equal).order_by(*order).limit(1))
    return find(connection, bundle_id, written) if written is not None else None


def versions_of(connection: Connection, bundle_id: str) -> tuple[VersionBrief, ...]:
    """All versions of an activity, highest first, withdrawn ones among them."""
    shown = ("version", "published_us", "prerelease", "withdrawn_us", "tag", "bundle")
    order = (versions.c.sort_key.desc(), versions.c.position.desc())
    query = select(*(versions.c[name] for name in shown)).where(versions.c.bundle_id == bundle_id).order_by(*order)
    return tuple(
        VersionBrief(
            version=row.version,
            published_us=row.published_us,
            prerelease=row.prerelease,
            withdrawn=row.withdrawn_us is not None,
            tag=row.tag,
            size=row.bundle.size,
        )
        for row in connection.execute(query)
    )


def icon(connection: Connection, digest: str) -> str | None:
    """The SVG of that digest, or None when no version to download has it."""
    shown = select(versions.c.icon).where(versions.c.icon == digest, versions.c.withdrawn_us.is_(None))
    return connection.scalar(select(icons.c.svg).where(icons.c.digest == digest, shown.exists()))


def picture(connection: Connection, digest: str) -> Blob | None:
    """The screenshot, or the picture of an icon, of that digest, or None when no version to download has it."""
    same = (versions.c.bundle_id == pictures.c.bundle_id) & (versions.c.version == pictures.c.version)
    query = select(pictures.c.image).join(versions, same)
    shown = query.where(pictures.c.digest == digest, versions.c.withdrawn_us.is_(None)).limit(1)
    return connection.scalar(shown)
