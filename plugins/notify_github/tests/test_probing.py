"""What the account lacks for comments and statuses is told before anybody releases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from aslo_core.api import Probed, Probes, SendsTest

if TYPE_CHECKING:
    from plugins.notify_github.tests.conftest import World

TOKEN = "ghp_a1b2c3d4e5f6"


def found(world: World, **options: object) -> dict[str, Probed]:
    notifier = world.notifier(**options)
    assert isinstance(notifier, Probes)
    return {row.what: row for row in notifier.probe()}


@pytest.mark.parametrize(
    ("scopes", "options", "verdict", "cure"),
    [
        (["public_repo"], {}, "good", ""),
        (["repo", "read:org"], {}, "good", ""),
        (["repo:status"], {}, "bad", "give one that also has public_repo or repo"),
        (["repo:status"], {"comments": False}, "good", ""),
        ([], {}, "bad", "give one that also has public_repo or repo and public_repo or repo or repo:status"),
    ],
)
def test_the_scopes_of_a_classic_token(
    world: World, scopes: list[str], options: dict[str, object], verdict: str, cure: str
) -> None:
    world.github.add_token(TOKEN, "aslo-bot", scopes=scopes)
    row = found(world, **options)["permissions"]
    assert (row.verdict, row.cure) == (verdict, cure)


def test_what_a_fine_grained_token_may_is_unknown_and_what_it_needs_is_named(world: World) -> None:
    row = found(world)["permissions"]
    assert (row.verdict, row.cure.endswith("metadata: read, contents: read, statuses: write")) == ("unknown", True)


def test_an_app_that_may_write_statuses_is_good(world: World, installed_app: Callable[[], str]) -> None:
    installed_app()
    assert {row.verdict for row in found(world).values()} == {"good"}


def test_an_app_that_may_not_is_bad(world: World) -> None:
    key = world.github.add_app("aslo", "sugarlabs", {"metadata": "read", "contents": "read", "statuses": "read"})
    rows = found(world, token=None, app_id=key.id, private_key=key.private_key)
    assert (rows["permissions"].verdict, rows["permissions"].found) == ("bad", "the App lacks statuses: write")


def test_an_app_that_is_installed_nowhere_is_bad(world: World, installed_app: Callable[[], str]) -> None:
    installed_app()
    world.github.access.installations.clear()
    assert found(world)["installations"].verdict == "bad"


def test_a_revoked_token_is_bad_and_not_shown(world: World) -> None:
    world.github.access.revoke(TOKEN)
    rows = found(world)
    assert rows["account"].verdict == "bad"
    assert TOKEN not in repr(rows)


def test_there_is_nothing_to_comment_on_for_a_test(world: World) -> None:
    notifier = world.notifier()
    assert isinstance(notifier, SendsTest)
    row = notifier.send_test()
    assert (row.verdict, "nothing was sent" in row.found, world.comments()) == ("unknown", True, [])
