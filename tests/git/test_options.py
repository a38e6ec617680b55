"""Limits of a fetch are never more than what a bundle may be made of."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from aslo_core.api import git
from aslo_core.source_limits import SourceLimits


def test_what_may_be_fetched_may_be_packed() -> None:
    for limits in (git.Limits(), git.FetchOptions().limits):
        assert (limits.tree_bytes, limits.files) == (SourceLimits().total_bytes, SourceLimits().files)


def test_less_is_heard() -> None:
    limits = git.FetchOptions(fetch_seconds=7, fetch_mib=6, tree_mib=5, files=4).limits
    assert limits == git.Limits(seconds=7, transfer_bytes=6 << 20, tree_bytes=5 << 20, files=4)


@pytest.mark.parametrize(("name", "most"), [("tree_mib", 512), ("files", 20_000)])
def test_more_than_can_be_packed_is_refused_and_the_most_is_named(name: str, most: int) -> None:
    assert git.FetchOptions.model_validate({name: most})
    with pytest.raises(ValidationError, match=f"less than or equal to {most}"):
        git.FetchOptions.model_validate({name: most + 1})
