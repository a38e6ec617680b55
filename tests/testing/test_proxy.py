"""The proxy is transparent until it breaks, and breaks exactly as it was told to."""

import socket
from collections.abc import Iterator

import pytest

from aslo_core.testing.proxy import Address, BreakingProxy, Fault


@pytest.fixture
def proxy(echo: Address) -> Iterator[BreakingProxy]:
    with BreakingProxy([(("127.0.0.1", 0), echo)]) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: BreakingProxy) -> Iterator[socket.socket]:
    with socket.create_connection(proxy.addresses[0], timeout=5) as connection:
        yield connection


def test_it_passes_everything_on(connection: socket.socket, proxy: BreakingProxy) -> None:
    data = bytes(range(256)) * 400
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
    assert connection.makefile("rb").read() == data
    assert proxy.passed == 2 * len(data)


def test_a_reset_is_an_error(connection: socket.socket, proxy: BreakingProxy) -> None:
    proxy.break_after(3)
    connection.sendall(b"four")
    with pytest.raises(ConnectionResetError):
        connection.makefile("rb").read()


def test_a_close_looks_like_the_end(connection: socket.socket, proxy: BreakingProxy) -> None:
    proxy.break_after(6, Fault.CLOSE)
    connection.sendall(b"four")
    received = connection.makefile("rb").read()
    assert received == b"fo"


def test_a_stall_is_silence_and_ends_with_healing(connection: socket.socket, proxy: BreakingProxy) -> None:
    proxy.break_after(0, Fault.STALL)
    connection.settimeout(0.1)
    connection.sendall(b"anybody?")
    with pytest.raises(TimeoutError):
        connection.recv(10)
    connection.settimeout(5)
    proxy.heal()
    with pytest.raises(ConnectionResetError):
        connection.recv(10)


def test_a_broken_proxy_breaks_new_connections_until_it_is_healed(proxy: BreakingProxy) -> None:
    proxy.break_after(0)
    with socket.create_connection(proxy.addresses[0], timeout=5) as broken:
        broken.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            broken.recv(1)
    proxy.heal()
    with socket.create_connection(proxy.addresses[0], timeout=5) as whole:
        whole.sendall(b"x")
        assert whole.recv(1) == b"x"


def test_an_answer_is_withheld_as_soon_as_something_holds(connection: socket.socket, proxy: BreakingProxy) -> None:
    asked: list[bool] = []

    def second_time() -> bool:
        asked.append(True)
        return len(asked) == 2

    proxy.break_when(second_time)
    connection.sendall(b"one")
    assert connection.recv(10) == b"one"
    connection.sendall(b"two")
    with pytest.raises(ConnectionResetError):
        connection.recv(10)
    assert proxy.broken


def test_it_tells_whether_it_broke(connection: socket.socket, proxy: BreakingProxy) -> None:
    proxy.break_after(10)
    connection.sendall(b"four")
    assert connection.recv(10) == b"four"
    assert not proxy.broken
    connection.sendall(b"four")
    with pytest.raises(ConnectionResetError):
        connection.recv(10)
    assert proxy.broken
    proxy.heal()
    assert not proxy.broken
