"""Which releases a forge has, whatever it told of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aslo_source_forgejo.source import ForgejoSource

from aslo_core.api import ListsReleases, Repository, Transient
from aslo_core.testing.code_host.faults import Canned
from aslo_core.testing.forgejo import Forgejo
from aslo_core.testing.forgejo import Repository as Hosted

Make = Callable[..., ForgejoSource]


def recent(source: ForgejoSource, *repositories: Hosted) -> list[str]:
    assert isinstance(source, ListsReleases)
    known = [Repository(source="forge", id=str(each.id), owner=each.owner, name=each.name) for each in repositories]
    return [f"{each.repository.full_name} {each.tag}" for each in source.recent(known, 0)]


def test_what_would_be_ignored_is_not_listed(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.publish(hosted, "v1", draft=True)
    forge.publish(hosted, "v2", prerelease=True)
    forge.publish(hosted, "a..b")
    forge.delete(forge.publish(hosted, "v3"))
    forge.publish(forge.add_repository("mallory", "maze"), "v4")
    assert recent(make_source()) == []
    assert recent(make_source(prereleases=True)) == ["sugarlabs/maze v2"]


def test_a_release_that_would_be_refused_hides_no_other(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.publish(hosted, "v1")
    forge.publish(hosted, "v2", name="x" * 1_001)
    assert recent(make_source()) == ["sugarlabs/maze v1"]


def test_every_repository_of_an_owner_is_looked_at(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    expected = set()
    for number in range(53):
        forge.publish(forge.add_repository("sugarlabs", f"r{number}", hosted.path), "v1")
        expected.add(f"sugarlabs/r{number} v1")
    found = recent(make_source())
    assert (len(found), set(found)) == (53, expected)


def test_where_everybody_may_release_only_what_is_known_is_listed(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.publish(hosted, "v1")
    assert recent(make_source(owners=["*"])) == []
    assert recent(make_source(owners=["*"]), hosted) == ["sugarlabs/maze v1"]


def test_a_known_repository_that_was_moved_to_somebody_else_is_not_listed(
    forge: Forgejo, hosted: Hosted, make_source: Make
) -> None:
    forge.publish(hosted, "v1")
    forge.rename_repository(hosted, "mallory", "maze")
    assert recent(make_source(), hosted) == []


def test_an_owner_that_is_not_there_hides_nobody(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.publish(hosted, "v1")
    assert recent(make_source(owners=["sugarlbas", "sugarlabs"])) == ["sugarlabs/maze v1"]


def test_a_forge_that_fails_is_no_empty_list(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.publish(hosted, "v1")
    forge.fail(Canned(502, "<html>"), path="*/releases")
    with pytest.raises(Transient, match="list the releases of sugarlabs/maze: the forge answered 502"):
        recent(make_source())


def test_a_refusal_that_is_nested_without_end_is_told_without_its_words(
    forge: Forgejo, hosted: Hosted, make_source: Make
) -> None:
    forge.publish(hosted, "v1")
    forge.fail(Canned(502, "[" * 60_000), path="*/releases")
    with pytest.raises(Transient, match=r"the forge answered 502$"):
        recent(make_source())
