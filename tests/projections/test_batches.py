"""However the events are divided into batches, and wherever a process ends between two of them, the tables are the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from aslo_core import events as e
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views, digest
from aslo_core.projections.catalogue_tables import activities, versions
from aslo_core.testing import values
from aslo_core.testing.story import CAUSE, Made, Story

ACTIVITIES, VERSIONS = ("org.example.A", "org.example.B"), ("1", "2", "1.10", "3")

acts = st.tuples(
    st.sampled_from(["published", "prerelease", "announced", "withdrawn", "unchanged", "sent", "failed", "erased"]),
    st.integers(0, 2),
    st.sampled_from(ACTIVITIES),
    st.sampled_from(VERSIONS),
)


def tell(log: EventLog, told: Sequence[tuple[str, int, str, str]]) -> None:
    """Tell a story that need not make sense: a projection has to bear any order."""
    story = Story(log)
    for act, number, bundle_id, version in told:
        release = values.announcement(str(number), f"v{version}", prerelease=act == "prerelease")
        made = Made(metadata=values.metadata(bundle_id, version), bundle=values.blob(version))
        match act:
            case "published" | "prerelease":
                story.published(release, made)
            case "announced":
                story.announced(release)
                story.fetched(release, made)
            case "withdrawn":
                story.withdrawn(release, made, "it crashes")
            case "unchanged":
                story.happened(release.stream, e.ReleaseUnchanged(attempt=1, commit="c" * 40))
            case "sent":
                story.happened("notice/x", e.NoticeSent(about=newest_id(log), notifier="github", kind="published", url=""))
            case "failed":
                failed = e.NoticeFailed(
                    about=newest_id(log), notifier="github", kind="started", error="away", tries=1, retry_at_us=9
                )
                story.happened("notice/x", failed)
            case "erased" if log.head() >= 0:
                log.erase(newest_id(log), "asked for", CAUSE)


def newest_id(log: EventLog) -> str:
    bearing = [one.id for one in log.read_all() if not one.stream.startswith("erasure/")]
    return bearing[-1] if bearing else ""


def digests(path: Path) -> dict[str, str]:
    with closing(Views(path)) as views, views.snapshot() as connection:
        return {projection.name: digest(connection, projection) for projection in PROJECTIONS}


@pytest.fixture(scope="session")
def empty_views(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The read models of a log without events."""
    folder = tmp_path_factory.mktemp("empty")
    shutil.copy(migrated, folder / "log.db")
    with EventLog.open(folder / "log.db") as log, closing(Projector(folder / "views.db", log, PROJECTIONS)) as projector:
        projector.make_ready()
    return folder / "views.db"


def elected(path: Path) -> dict[str, str | None]:
    """What has to be each activity's latest version, by the rule alone: not by what was published before it."""
    with closing(Views(path)) as views, views.snapshot() as connection:
        order = (versions.c.prerelease, versions.c.sort_key.desc(), versions.c.position.desc())
        rows = connection.execute(select(versions).where(versions.c.withdrawn_us.is_(None)).order_by(*order)).all()
        ids = connection.scalars(select(activities.c.bundle_id))
        return {id_: next((row.version for row in rows if row.bundle_id == id_), None) for id_ in ids}


def latest(path: Path) -> dict[str, str | None]:
    with closing(Views(path)) as views, views.snapshot() as connection:
        return {row.bundle_id: row.latest for row in connection.execute(select(activities))}


@settings(max_examples=25, deadline=None)
@given(told=st.lists(acts, max_size=8), batches=st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_any_batches_and_any_end_between_them_give_the_same_tables(
    migrated: Path, empty_views: Path, told: list[tuple[str, int, str, str]], batches: list[int]
):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(migrated, folder / "log.db")
        shutil.copy(empty_views, folder / "views.db")
        with EventLog.open(folder / "log.db") as log:
            tell(log, told)
            for batch in batches:  # each one a process of its own, which ends after one batch
                with closing(Projector(folder / "views.db", log, PROJECTIONS, batch=batch)) as projector:
                    projector._prepare()
                    projector._advance()
            with closing(Projector(folder / "views.db", log, PROJECTIONS)) as projector:
                assert projector.catch_up() == log.head()
            with closing(Projector(folder / "again.db", log, PROJECTIONS)) as projector:
                projector.catch_up()
            assert digests(folder / "views.db") == digests(folder / "again.db")
            assert latest(folder / "views.db") == elected(folder / "views.db")
