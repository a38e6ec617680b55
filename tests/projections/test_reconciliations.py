"""How far each source was held against the log, and what hinders that."""

from __future__ import annotations

from aslo_core import events as e
from aslo_core.projections import Projector, Views, reconciliations, releases, waits
from aslo_core.testing import values
from aslo_core.testing.story import Story


def configured(story: Story, *names: str) -> int:
    tables = tuple(e.ConfiguredTable(key=f"source.{name}", use="github", distribution="", code="", values=()) for name in names)
    core = e.ConfiguredTable(key="server", use="", distribution="", code="", values=())
    (recorded,) = story.happened("config", e.ConfigChanged(digest="", aslo="", tables=(core, *tables)))
    return recorded.recorded_us


def test_a_source_is_complete_from_its_first_day_on_and_as_far_as_it_was_asked_without_a_gap(
    story: Story, projector: Projector, views: Views
) -> None:
    first = configured(story, "github")
    configured(story, "github", "forge")
    reached = []
    for since, until in ((first - 5, first + 10), (first + 11, first + 20), (first + 10, first + 30), (first, first + 15)):
        story.happened("source/github", e.SourceReconciled(since_us=since, until_us=until, found=1))
        projector.catch_up()
        with views.snapshot() as connection:
            row = reconciliations.find(connection, "github")
        assert row is not None
        reached.append((row.first_us - first, row.complete_us - first, row.asked_us))
    assert reached == [(0, 10, first + 10), (0, 10, first + 20), (0, 30, first + 30), (0, 30, first + 15)]


def test_a_source_that_fails_is_told_until_it_is_asked_or_disabled(story: Story, projector: Projector, views: Views) -> None:
    def failing() -> list[str]:
        projector.catch_up()
        with views.snapshot() as connection:
            return [f"{one.name}: {one.error} ({one.failures})" for one in waits.sources_failing(connection)]

    configured(story, "github", "forge")
    for name in ("github", "forge"):
        story.happened(f"source/{name}", e.SourceDelayed(failures=2, error="502", retry_at_us=9))
    assert failing() == ["forge: 502 (2)", "github: 502 (2)"]
    story.happened("source/github", e.SourceReconciled(since_us=0, until_us=1, found=0))
    assert failing() == ["forge: 502 (2)"]
    configured(story, "github")
    assert failing() == []


def test_repositories_are_known_by_their_newest_names(story: Story, projector: Projector, views: Views) -> None:
    story.announced(values.announcement("1", of=values.repository("1", name="old")))
    story.announced(values.announcement("2", of=values.repository("1", name="new")))
    story.announced(values.announcement("3", of=values.repository("2", source="github2")))
    projector.catch_up()
    with views.snapshot() as connection:
        assert [one.name for one in releases.repositories(connection, "github")] == ["new"]
