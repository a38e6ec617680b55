"""Any envelope, for property tests."""

import hashlib

from hypothesis import strategies as st

from aslo_core.log.leaf import Envelope

LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
DIGESTS = st.binary().map(lambda content: hashlib.sha256(content).digest())


def envelopes(
    texts: st.SearchStrategy[str], numbers: st.SearchStrategy[int], metadata: st.SearchStrategy[bytes] = DIGESTS
) -> st.SearchStrategy[Envelope]:
    """Envelopes whose texts, numbers and digests of metadata are such."""
    return st.builds(
        Envelope,
        id=st.uuids().map(str),
        stream=texts,
        version=numbers,
        type=texts,
        schema=numbers,
        recorded_us=numbers,
        source=texts,
        key=texts,
        actor=texts,
        correlation=texts,
        causation=texts,
        metadata_digest=metadata,
        body_digest=DIGESTS,
    )
