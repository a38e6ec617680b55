"""Whose `setup.py` is run: the accounts that the operator has listed, of the source that they are of, and nobody else."""

from __future__ import annotations

import pytest

from aslo_core.release.setup_owners import NOBODY, SetupOwners
from aslo_core.types import Repository

LISTED = SetupOwners.parse(["github:SugarLabs", "forge:ada"])


def of(source: str, owner: str) -> Repository:
    return Repository(source=source, id="1", owner=owner, name="sugarlabs")


@pytest.mark.parametrize(
    ("source", "owner"), [("github", "SugarLabs"), ("github", "sugarlabs"), ("github", "SUGARLABS"), ("forge", "Ada")]
)
def test_an_account_is_listed_however_it_is_written(source: str, owner: str):
    assert of(source, owner) in LISTED


@pytest.mark.parametrize(
    ("source", "owner"), [("forge", "sugarlabs"), ("github", "ada"), ("github", "sugarlabs2"), ("github", "")]
)
def test_nobody_else_is(source: str, owner: str):
    assert of(source, owner) not in LISTED


def test_without_the_option_nobody_is():
    assert of("github", "sugarlabs") not in NOBODY == SetupOwners.parse([])
