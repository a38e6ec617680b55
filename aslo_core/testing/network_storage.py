"""The contract of a storage behind a network, and the fine sweep of what `StorageFaults` tries at a few places alone."""

from __future__ import annotations

import pytest

from aslo_core.errors import Transient
from aslo_core.testing.proxy import BreakingProxy, Fault
from aslo_core.testing.storage import Make, StorageContract, content, some_bytes
from aslo_core.types import Storage

_SHARES = (0.0, 0.001, 0.01, 0.1, 0.4, 0.6, 0.9, 0.99, 0.999)


class NetworkStorageContract(StorageContract):
    """The contract, and a put that breaks at every stage. What else can go wrong is in `aslo_core.testing.storage_faults`.

    Give it fixtures `proxy`, and `storage` that reaches its server through that proxy alone and waits at most a second or
    two for an answer.
    """

    @pytest.mark.parametrize(
        ("share", "fault"),
        [*((share, fault) for share in _SHARES for fault in (Fault.RESET, Fault.CLOSE)), (0.05, Fault.STALL)],
    )
    def test_a_broken_put_leaves_nothing_partial(
        self, storage: Storage, make: Make, proxy: BreakingProxy, share: float, fault: Fault
    ) -> None:
        """Wherever it breaks: the object is whole or not there, the error says try again, and trying again heals it."""
        needed = self._bytes_of_a_put(storage, make, proxy)
        blob, path = make(some_bytes(300_001))
        proxy.break_after(int(needed * share), fault)
        try:
            storage.put(blob, path)
        except Transient:
            allowed = {None, blob.size}
        else:
            allowed = {blob.size}
        proxy.heal()
        size = storage.stat(blob.name)
        assert size in allowed
        assert list(storage.names()) == ([] if size is None else [blob.name])
        storage.put(blob, path)
        assert content(storage, blob) == path.read_bytes()

    def _bytes_of_a_put(self, storage: Storage, make: Make, proxy: BreakingProxy) -> int:
        """How many bytes go over the wire for 300 kB, so that every stage of a put can be broken."""
        blob, path = make(some_bytes(300_000))
        proxy.heal()
        storage.put(blob, path)
        needed = proxy.passed
        storage.delete(blob.name)
        return needed
