"""What `aslo check --probe` asks of a forge, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aslo_source_forgejo.source import ForgejoSource

from aslo_core.api import Probed, Probes, Transient
from aslo_core.testing.code_host.faults import Canned
from aslo_core.testing.forgejo import Forgejo
from aslo_core.testing.forgejo import Repository as Hosted

HERE = "https://aslo.example/api/hook/forge"
TOKEN = "f0f9e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c"
WIDE = ("read:user", "read:organization", "read:repository")

Make = Callable[..., ForgejoSource]


@pytest.fixture
def forge(tmp_path: Path) -> Any:
    tokens = {TOKEN: WIDE, "narrow": ["read:repository"]}
    with Forgejo(tmp_path / "host", tokens=tokens) as forge:
        yield forge


@pytest.fixture
def organisation(forge: Forgejo, hosted: Hosted) -> str:
    """`sugarlabs`, an organisation that the token's account owns, with one repository."""
    forge.add_organisation("sugarlabs", administered=True)
    return "sugarlabs"


def found(source: ForgejoSource) -> dict[str, Probed]:
    assert isinstance(source, Probes)
    rows = list(source.probe())
    assert len({row.what for row in rows}) == len(rows)
    assert TOKEN not in repr(rows)
    return {row.what: row for row in rows}


@pytest.mark.parametrize("place", ["sugarlabs", "sugarlabs/maze"])
def test_a_webhook_that_points_here_is_good(forge: Forgejo, organisation: str, make_source: Make, place: str) -> None:
    forge.add_hook(organisation, "https://ci.example.org/hook")
    forge.add_hook(place, HERE)
    rows = found(make_source())
    assert {row.verdict for row in rows.values()} == {"good"}
    assert rows["forge"].found.startswith("version 12.0.0")
    assert rows["account"].found == "aslo-bot"
    assert rows["webhook of sugarlabs"].found.endswith(f"{place} points here")


@pytest.mark.parametrize(
    ("fields", "cure"),
    [
        ({"active": False}, "switch it on"),
        ({"events": ("push",)}, "event release"),
        ({"content_type": "form"}, "let it send json"),
    ],
)
def test_a_webhook_that_points_here_and_brings_nothing_is_bad(
    forge: Forgejo, organisation: str, make_source: Make, fields: dict[str, Any], cure: str
) -> None:
    forge.add_hook(organisation, HERE, **fields)
    row = found(make_source())["webhook of sugarlabs"]
    assert (row.verdict, cure in row.cure) == ("bad", True)


def test_webhooks_that_all_point_elsewhere_are_bad(forge: Forgejo, organisation: str, make_source: Make) -> None:
    forge.add_hook("sugarlabs/maze", "https://old.example.org/api/hook/forge")
    row = found(make_source())["webhook of sugarlabs"]
    assert (row.verdict, "https://old.example.org/api/hook/forge" in row.found) == ("bad", True)
    assert f"enter {HERE} as a webhook" in row.cure


def test_what_the_account_does_not_administer_is_unknown(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.add_hook("sugarlabs/maze", HERE)
    row = found(make_source())["webhook of sugarlabs"]
    assert (row.verdict, "administer" in row.cure, "read:organization" in row.cure) == ("unknown", True, False)
    forge.add_organisation("sugarlabs")
    assert "read:organization" in found(make_source())["webhook of sugarlabs"].cure


def test_a_token_that_may_read_repositories_alone_still_tells_of_their_webhooks(
    forge: Forgejo, hosted: Hosted, make_source: Make
) -> None:
    forge.administer("sugarlabs")
    forge.add_hook("sugarlabs/maze", HERE)
    rows = found(make_source(token="narrow"))
    assert {what: row.verdict for what, row in rows.items()} == {
        "forge": "good",
        "account": "unknown",
        "owner sugarlabs": "good",
        "webhook of sugarlabs": "good",
    }


def test_without_a_token_webhooks_are_unknown(hosted: Hosted, make_source: Make) -> None:
    rows = found(make_source(token=None))
    assert [(row.what, row.verdict) for row in rows.values()] == [
        ("forge", "good"),
        ("owner sugarlabs", "good"),
        ("webhook of sugarlabs", "unknown"),
    ]


def test_a_token_that_is_refused_is_bad_and_ends_the_probe(hosted: Hosted, make_source: Make) -> None:
    rows = found(make_source(token="deleted"))
    assert [row.what for row in rows.values()] == ["forge", "account"]
    assert rows["account"].verdict == "bad"


def test_an_owner_that_is_not_there_and_everybody(hosted: Hosted, make_source: Make) -> None:
    rows = found(make_source(owners=["sugarlbas", "*"]))
    assert rows["owner sugarlbas"].verdict == "bad"
    assert rows["webhook"].verdict == "unknown"


def test_another_site_is_no_forge(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.fail(Canned(404, "<html>"), path="/api/v1/version")
    assert found(make_source())["forge"].verdict == "bad"


def test_a_forge_that_fails_ends_the_probe(forge: Forgejo, hosted: Hosted, make_source: Make) -> None:
    forge.fail(Canned(502, "<html>"), path="/api/v1/version")
    with pytest.raises(Transient, match="answered 502"):
        found(make_source())
