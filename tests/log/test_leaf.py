"""The leaf's bytes: as the document says, and as they were yesterday."""

import json
import re
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aslo_core.errors import Permanent
from aslo_core.log.leaf import MAX_ENVELOPE, Envelope, body_digest, encode_envelope, leaf_hash
from tests.log.envelopes import LETTERS, envelopes

HERE = Path(__file__)
VECTORS: list[dict[str, Any]] = json.loads(HERE.with_name("vectors.json").read_bytes())
DOCUMENT = HERE.parents[2] / "docs/reference/log-format.md"

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


def envelope_by_the_document(e: dict[str, Any]) -> bytes:
    """The document's rules once more, with nothing from the program."""
    numbers = {name: e[name].to_bytes(8, "big") for name in ("version", "schema", "recorded_us")}
    texts = {name: e[name].encode() for name in ("stream", "type", "source", "key", "actor", "correlation", "causation")}
    digests = {
        "metadata": sha256(bytes.fromhex(e["metadata"])).digest(),
        "body": sha256(bytes.fromhex(e["salt"]) + bytes.fromhex(e["body"])).digest(),
    }
    fields = {"format": (1).to_bytes(8, "big"), "id": uuid.UUID(e["id"]).bytes, **numbers, **texts, **digests}
    order = "format id stream version type schema recorded_us source key actor correlation causation metadata body"
    return b"".join(len(fields[name]).to_bytes(2, "big") + fields[name] for name in order.split())


def envelope_of(vector: dict[str, Any]) -> Envelope:
    same = ("id", "stream", "version", "type", "schema", "recorded_us", "source", "key", "actor", "correlation", "causation")
    return Envelope(
        **{name: vector[name] for name in same},
        metadata_digest=sha256(bytes.fromhex(vector["metadata"])).digest(),
        body_digest=body_digest(bytes.fromhex(vector["salt"]), bytes.fromhex(vector["body"])),
    )


@each_vector
def test_a_stranger_computes_the_vectors_from_the_document(vector: dict[str, Any]) -> None:
    envelope = envelope_by_the_document(vector)
    assert envelope.hex() == vector["envelope"]
    assert sha256(b"\x00" + envelope).hexdigest() == vector["leaf"]


@each_vector
def test_the_program_computes_the_vectors(vector: dict[str, Any]) -> None:
    envelope = encode_envelope(envelope_of(vector))
    assert envelope.hex() == vector["envelope"]
    assert leaf_hash(envelope).hex() == vector["leaf"]


def test_the_program_printed_in_the_document_computes_the_vectors() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(source, str(DOCUMENT), "exec"), names)  # noqa: S102
    for vector in VECTORS:
        raw = {name: bytes.fromhex(vector[name]) for name in ("metadata", "salt", "body")}
        assert names["leaf"]({**vector, **raw}).hex() == vector["leaf"]


texts = st.text(LETTERS, max_size=8)
any_envelope = envelopes(texts, st.integers(0, 2**64 - 1))


def split(envelope: bytes) -> list[bytes]:
    fields = []
    while envelope:
        size = int.from_bytes(envelope[:2], "big")
        fields.append(envelope[2 : 2 + size])
        envelope = envelope[2 + size :]
    return fields


@given(any_envelope)
def test_an_envelope_can_be_read_back_so_no_two_have_the_same_bytes(envelope: Envelope) -> None:
    fields = split(encode_envelope(envelope))
    as_text = [field.decode() for field in (fields[2], fields[4], *fields[7:12])]
    as_number = [int.from_bytes(field, "big") for field in (fields[0], fields[3], fields[5], fields[6])]
    assert len(fields) == 14
    assert as_number == [1, envelope.version, envelope.schema, envelope.recorded_us]
    assert str(uuid.UUID(bytes=fields[1])) == envelope.id
    assert as_text == [
        envelope.stream,
        envelope.type,
        envelope.source,
        envelope.key,
        envelope.actor,
        envelope.correlation,
        envelope.causation,
    ]
    assert fields[12:] == [envelope.metadata_digest, envelope.body_digest]


neighbours = st.sampled_from(["stream", "type", "source", "key", "actor", "correlation", "causation"])


@given(any_envelope, neighbours, neighbours, texts.filter(bool))
def test_text_moved_from_one_field_to_another_changes_the_bytes(envelope: Envelope, left: str, right: str, moved: str) -> None:
    here = replace(envelope, **{left: getattr(envelope, left) + moved})
    there = replace(envelope, **{right: moved + getattr(envelope, right)})
    assert (encode_envelope(here) == encode_envelope(there)) == (here == there)


def test_the_longest_envelope_has_65535_bytes() -> None:
    envelope = envelope_of(VECTORS[0])
    room = MAX_ENVELOPE - len(encode_envelope(envelope))
    assert len(encode_envelope(replace(envelope, key="k" * room))) == 65_535
    with pytest.raises(Permanent, match="has 65536 bytes, 65535 are allowed") as refused:
        encode_envelope(replace(envelope, key="k" * (room + 1)))
    assert refused.value.rule == "log.envelope-too-long"


@pytest.mark.parametrize("name", ["0191E0C4-7C00-7000-8000-000000000001", "0191e0c47c0070008000000000000001", "no id at all"])
def test_an_id_in_another_form_has_no_envelope(name: str) -> None:
    with pytest.raises(ValueError, match=r"canonical|badly formed"):
        encode_envelope(replace(envelope_of(VECTORS[0]), id=name))


@pytest.mark.parametrize("number", [-1, 2**64])
def test_a_number_beyond_64_bits_has_no_envelope(number: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        encode_envelope(replace(envelope_of(VECTORS[0]), version=number))
