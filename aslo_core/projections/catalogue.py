"""Read model: the activities that can be downloaded. Derived from the activities' own streams alone."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.dialects.sqlite import insert

from aslo_core.bundle.versions import Version
from aslo_core.errors import Permanent
from aslo_core.events import ActivityRestated, Recorded, VersionPublished, VersionWithdrawn
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
from aslo_core.types import Blob


def apply(connection: Connection, recorded: Recorded) -> None:
    """Carry what was published or withdrawn into the catalogue; other events change nothing."""
    match recorded.event:
        case VersionPublished() as event:
            _publish(connection, recorded, event)
        case VersionWithdrawn() as event:
            bundle_id = _activity(recorded)
            this = (versions.c.bundle_id == bundle_id) & (versions.c.version == event.version)
            told = {"withdrawn_by": event.by, "withdrawn_reason": event.reason, "hold": event.hold}
            connection.execute(update(versions).where(this).values(withdrawn_us=recorded.recorded_us, **told))
            _elect_latest(connection, bundle_id)
        case ActivityRestated() as event:
            _keep_withdrawn(connection, recorded, event)
        case _:
            return


PROJECTION = Projection("catalogue", 1, tables, apply)


def sort_key(version: str) -> str:
    """Text that sorts as the version does: each number with the count of its digits before it."""
    return "".join(f"{len(str(number)):02}{number}" for number in Version.parse(version).numbers)


def _activity(recorded: Recorded) -> str:
    return recorded.stream.removeprefix("activity/")


def _publish(connection: Connection, recorded: Recorded, event: VersionPublished) -> None:
    bundle_id = _activity(recorded)
    icon = hashlib.sha256(event.metadata.icon.encode()).hexdigest()
    connection.execute(insert(icons).values(digest=icon, svg=event.metadata.icon).on_conflict_do_nothing())
    fields: dict[str, Any] = {name: getattr(event, name) for name in VersionPublished.__struct_fields__}
    fields |= {"metadata": msgspec.structs.replace(event.metadata, icon=""), "icon": icon}
    fields |= {"bundle_id": bundle_id, "sort_key": sort_key(event.version)}
    fields |= {"position": recorded.position, "published_us": recorded.recorded_us}
    fields |= {"withdrawn_us": None, "withdrawn_by": "", "withdrawn_reason": "", "hold": ""}
    statement = insert(versions).values(fields)
    connection.execute(statement.on_conflict_do_update(index_elements=["bundle_id", "version"], set_=fields))
    this = {"bundle_id": bundle_id, "version": event.version}
    for screenshot in event.screenshots:
        picture = {"digest": screenshot.image.digest, "image": screenshot.image, **this}
        connection.execute(insert(pictures).values(picture).on_conflict_do_nothing())
    born = {"bundle_id": bundle_id, "repository": event.repository, "latest_us": 0, "position": 0}
    born |= dict.fromkeys(("name", "name_key", "summary", "icon"), "")
    connection.execute(insert(activities).values(born).on_conflict_do_nothing())
    _elect_latest(connection, bundle_id)


def _keep_withdrawn(connection: Connection, recorded: Recorded, event: ActivityRestated) -> None:
    """Take back what was withdrawn by an event that has been erased since."""
    bundle_id = _activity(recorded)
    told = {"withdrawn_by": "somebody whose name was erased", "withdrawn_reason": "The record of its withdrawal was erased."}
    for version in event.published:
        if not version.live:
            this = (versions.c.bundle_id == bundle_id) & (versions.c.version == version.version)
            lost = update(versions).where(this, versions.c.withdrawn_us.is_(None))
            connection.execute(lost.values(withdrawn_us=recorded.recorded_us, hold=version.hold, **told))
    _elect_latest(connection, bundle_id)


def _elect_latest(connection: Connection, bundle_id: str) -> None:
    """The highest version that is not withdrawn; a pre-release only where there is nothing else."""
    wanted = [versions.c[name] for name in ("version", "published_us", "position", "metadata", "icon")]
    order = (versions.c.prerelease, versions.c.sort_key.desc(), versions.c.position.desc())
    mine = (versions.c.bundle_id == bundle_id) & versions.c.withdrawn_us.is_(None)
    row = connection.execute(select(*wanted).where(mine).order_by(*order).limit(1)).one_or_none()
    changed: dict[str, Any] = {"latest": None}
    if row is not None:
        name, summary = row.metadata.name, row.metadata.summary
        changed = {"latest": row.version, "latest_us": row.published_us, "position": row.position, "icon": row.icon}
        changed |= {"name": name, "name_key": name.casefold(), "summary": summary}
    connection.execute(update(activities).where(activities.c.bundle_id == bundle_id).values(changed))


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
    """The screenshot of that digest, or None when no version to download has it."""
    same = (versions.c.bundle_id == pictures.c.bundle_id) & (versions.c.version == pictures.c.version)
    query = select(pictures.c.image).join(versions, same)
    shown = query.where(pictures.c.digest == digest, versions.c.withdrawn_us.is_(None)).limit(1)
    return connection.scalar(shown)
