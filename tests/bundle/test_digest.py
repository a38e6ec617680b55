"""Digests over content, as anybody can compute them with sha256sum."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.digest import content_digest, tree_digest

_DIGEST = st.binary(min_size=32, max_size=32).map(bytes.hex)
_ENTRIES = st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), _DIGEST, max_size=8)


def test_the_lines_are_those_of_sha256sum() -> None:
    entries = [("B.activity/é", "b" * 64), ("B.activity/Z", "a" * 64)]
    lines = f"{'a' * 64}  B.activity/Z\n{'b' * 64}  B.activity/é\n"
    assert tree_digest(entries) == hashlib.sha256(lines.encode()).hexdigest()


def test_paths_are_sorted_by_their_bytes_not_their_characters() -> None:
    """U+E000 stands before U+1F600 in UTF-8, and behind it in UTF-16."""
    private, smiley = ("\ue000", "1" * 64), ("\U0001f600", "0" * 64)
    lines = f"{'1' * 64}  \ue000\n{'0' * 64}  \U0001f600\n"
    assert tree_digest([smiley, private]) == hashlib.sha256(lines.encode()).hexdigest()


@given(entries=_ENTRIES, data=st.data())
def test_the_order_does_not_count(entries: dict[str, str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(list(entries.items())))
    assert tree_digest(shuffled) == tree_digest(entries.items())


@given(entries=_ENTRIES, path=st.text(st.characters(codec="utf-8"), max_size=8), digest=_DIGEST)
def test_compiled_translations_do_not_count_in_a_bundle(entries: dict[str, str], path: str, digest: str) -> None:
    entries = {name: value for name, value in entries.items() if not name.endswith(".mo")}
    assert content_digest([*entries.items(), (f"{path}.mo", digest)]) == tree_digest(entries.items())
    assert content_digest([*entries.items(), (f"{path}.po", digest)]) != tree_digest(entries.items())
