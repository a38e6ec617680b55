"""Names of stored objects, judged as text, and files read while they are checked."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.blobs import check_file, checked_blob_name, checked_chunks, chunks, is_blob_name
from aslo_core.errors import Permanent, Transient
from aslo_core.testing.storage import HOSTILE_NAMES
from aslo_core.types import Blob

blobs = st.builds(
    Blob,
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    size=st.integers(0, 1 << 50),
    suffix=st.from_regex(r"\.[a-z0-9]{1,8}", fullmatch=True),
)


@given(blobs)
def test_the_name_of_every_blob_is_one(blob: Blob) -> None:
    assert checked_blob_name(blob.name) == blob.name


@given(blobs, st.integers(0, 80), st.characters(max_codepoint=0x2FF))
def test_a_name_with_one_character_changed_is_one_only_if_it_is_still_made_of_its_own_alphabet(
    blob: Blob, place: int, character: str
) -> None:
    place %= len(blob.name)
    changed = blob.name[:place] + character + blob.name[place + 1 :]
    if is_blob_name(changed):
        assert changed.isascii()
        assert set(changed) <= set("abcdefghijklmnopqrstuvwxyz0123456789./")
        assert changed.count("/") == changed.count(".") == 1
        assert changed[:2] == changed[3:5]


@given(st.text())
def test_no_other_text_is_a_name(text: str) -> None:
    assert not is_blob_name(text)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_refused_and_shown(name: str) -> None:
    with pytest.raises(Permanent) as refused:
        checked_blob_name(name)
    assert refused.value.rule == "storage.name-malformed"
    assert repr(name) in refused.value.found


@pytest.mark.parametrize("size", [0, 1, (1 << 18) - 1, 1 << 18, (1 << 18) + 1])
def test_a_file_that_is_what_its_blob_says_comes_in_pieces(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    blob = Blob.of(path, ".xo")
    assert b"".join(checked_chunks(blob, path)) == b"".join(chunks(blob, path)) == path.read_bytes()
    check_file(blob, path)


@pytest.mark.parametrize(
    ("found", "words"),
    [(b"abcd", "larger than 3 bytes"), (b"ab", "2 bytes instead of 3"), (b"abd", "SHA-256"), (None, "not there")],
)
def test_a_changed_file_is_told_apart(tmp_path: Path, found: bytes | None, words: str) -> None:
    path = tmp_path / "file"
    if found is not None:
        path.write_bytes(found)
    with pytest.raises(Permanent, match=words):
        check_file(Blob(digest=hashlib.sha256(b"abc").hexdigest(), size=3, suffix=".xo"), path)


@pytest.mark.parametrize(("found", "words"), [(b"abcd", "larger than 3 bytes"), (None, "not there")])
def test_a_file_that_is_no_longer_there_or_has_grown_is_not_even_copied(
    tmp_path: Path, found: bytes | None, words: str
) -> None:
    path = tmp_path / "file"
    if found is not None:
        path.write_bytes(found)
    with pytest.raises(Permanent, match=words):
        list(chunks(Blob(digest=hashlib.sha256(b"abc").hexdigest(), size=3, suffix=".xo"), path))


def test_a_file_that_cannot_be_read_may_be_readable_later(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="cannot read"):
        list(chunks(Blob(digest="0" * 64, size=3, suffix=".xo"), tmp_path))
