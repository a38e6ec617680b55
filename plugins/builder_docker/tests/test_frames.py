"""The daemon's stream is taken apart right, however it is cut on its way."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from aslo_builder_docker.frames import Frames
from hypothesis import given
from hypothesis import strategies as st


def framed(pieces: list[tuple[int, bytes]]) -> bytes:
    return b"".join(struct.pack(">BxxxL", stream, len(piece)) + piece for stream, piece in pieces)


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


@given(pieces=st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=50))), sizes=st.lists(st.integers(0, 20)))
def test_each_stream_gets_its_bytes(pieces: list[tuple[int, bytes]], sizes: list[int]) -> None:
    frames, got = Frames(), {1: b"", 2: b""}
    for part in cut(framed(pieces), sizes):
        for stream, piece in frames.pieces(part):
            got[stream] += piece
    assert got == {number: b"".join(piece for stream, piece in pieces if stream == number) for number in (1, 2)}


def test_what_is_no_such_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="stream 72"):
        list(Frames().pieces(b"HTTP/1.1 200 OK"))
