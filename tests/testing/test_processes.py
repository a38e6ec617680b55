"""Servers that tests start come up, or say why not, and leave nothing behind."""

import os
import socket
import sys
from pathlib import Path

import pytest

from aslo_core.testing.processes import ServerFailed, free_ports, on_free_port, running


def test_a_server_that_ends_at_once_shows_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('no room at the inn'); sys.exit(3)"]
    with (
        pytest.raises(ServerFailed, match=r"status 3:\nno room at the inn"),
        running(command, log=tmp_path / "log", is_ready=lambda: False),
    ):
        pytest.fail("it never came up")


def test_a_server_that_never_is_ready_is_given_up(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerFailed, match="not ready in time"),
        running(["sleep", "1000"], log=tmp_path / "log", is_ready=lambda: False, start_seconds=0.1),
    ):
        pytest.fail("it never came up")


def test_children_of_a_server_end_with_it(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    command = ["sh", "-c", f"sleep 1000 > {alive} & wait"]
    with running(command, log=tmp_path / "log", is_ready=lambda: True):
        reader = alive.open("rb")
    with reader:
        assert reader.read() == b""  # the end comes when nobody has it open for writing any more


def test_another_port_is_tried_when_somebody_else_took_the_first() -> None:
    taken: list[socket.socket] = []

    def start(port: int) -> int:
        if taken:
            return port
        taken.append(socket.create_server(("127.0.0.1", port)))
        try:
            socket.create_server(("127.0.0.1", port))
        except OSError as error:
            raise ServerFailed(str(error)) from error
        raise AssertionError("two servers on one port")

    port = on_free_port(start)
    with taken[0]:
        assert port != taken[0].getsockname()[1]


def test_a_server_that_fails_for_another_reason_is_not_tried_again() -> None:
    tries: list[int] = []

    def start(port: int) -> None:
        tries.append(port)
        raise ServerFailed("no room")

    with pytest.raises(ServerFailed):
        on_free_port(start)
    assert len(tries) == 1


def test_free_ports_are_all_different() -> None:
    assert len(set(free_ports(50))) == 50
