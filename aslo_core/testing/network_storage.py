"""What every storage behind a network has to hold when that network does not, as tests that a plugin adopts."""

from __future__ import annotations

import pytest

from aslo_core.errors import Transient
from aslo_core.testing.proxy import BreakingProxy, Fault
from aslo_core.testing.storage import Make, StorageContract, content, some_bytes
from aslo_core.types import Storage


class NetworkStorageContract(StorageContract):
    """The contract, and what is left of it on a wire that breaks.

    Give it fixtures `proxy`, and `storage` that reaches its server through that proxy alone and waits at most a second or
    two for an answer.
    """

    @pytest.mark.parametrize("fault", [Fault.RESET, Fault.CLOSE])
    @pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.4, 0.6, 0.9, 0.99, 0.999])
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

    @pytest.mark.parametrize("share", [0.05, 0.5])
    def test_a_put_that_is_never_answered_ends(self, storage: Storage, make: Make, proxy: BreakingProxy, share: float) -> None:
        """Silence is an error after the storage's time limit."""
        needed = self._bytes_of_a_put(storage, make, proxy)
        blob, path = make(some_bytes(300_001))
        proxy.break_after(int(needed * share), Fault.STALL)
        with pytest.raises(Transient):
            storage.put(blob, path)
        proxy.heal()
        assert list(storage.names()) == []
        storage.put(blob, path)
        assert content(storage, blob) == path.read_bytes()

    @pytest.mark.parametrize("fault", list(Fault))
    def test_a_broken_read_is_never_taken_for_the_end(
        self, storage: Storage, make: Make, proxy: BreakingProxy, fault: Fault
    ) -> None:
        """A reader gets all bytes or an error."""
        data = some_bytes(1_000_000)
        blob, path = make(data)
        storage.put(blob, path)
        proxy.break_after(500_000, fault)
        with pytest.raises(Transient), storage.open(blob) as file:
            file.read()
        proxy.heal()
        assert content(storage, blob) == data

    def test_a_storage_that_cannot_be_reached_says_so(self, storage: Storage, make: Make, proxy: BreakingProxy) -> None:
        """Never is it taken for an empty one."""
        blob, path = make(b"kept")
        storage.put(blob, path)
        proxy.break_after(0)
        with pytest.raises(Transient):
            storage.stat(blob.name)
        with pytest.raises(Transient):
            storage.open(blob)
        with pytest.raises(Transient):
            list(storage.names())
        with pytest.raises(Transient):
            storage.delete(blob.name)
        proxy.heal()
        assert list(storage.names()) == [blob.name]

    def _bytes_of_a_put(self, storage: Storage, make: Make, proxy: BreakingProxy) -> int:
        """How many bytes go over the wire for 300 kB, so that every stage of a put can be broken."""
        blob, path = make(some_bytes(300_000))
        proxy.heal()
        storage.put(blob, path)
        needed = proxy.passed
        storage.delete(blob.name)
        return needed
