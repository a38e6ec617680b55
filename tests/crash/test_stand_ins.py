"""What stands in for hosts, builders, storages, notifiers and leases in the simulation keeps what those have to keep."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from aslo_builder_bubblewrap.builder import ConfinedBuilder
from aslo_builder_bubblewrap.choice import trial
from aslo_builder_bubblewrap.runtime import this_runtime
from aslo_builder_bubblewrap.sandbox import Sandbox

from aslo_core.api import inspector_program, packer_program, packer_toolchain
from aslo_core.errors import Permanent, Transient
from aslo_core.log.leases import Leases
from aslo_core.testing import values
from aslo_core.testing.builder import SOURCE, BuilderContract
from aslo_core.testing.notifier import NotifierContract, NotifierPeer
from aslo_core.testing.services import missing
from aslo_core.testing.source import ReleaseOnHost, SourceContract
from aslo_core.testing.storage import StorageContract
from aslo_core.types import Builder, Notice, NoticeKind, Notifier, Source, Storage
from tests.crash.simulated.stand_ins import Board, HostSource, MemoryLeases, MemoryStorage, RememberingBuilder, commit_of

RELEASE = values.announcement("1", "v1")


class TestHostSource(SourceContract):
    @pytest.fixture
    def source(self, release: ReleaseOnHost) -> Source:
        return HostSource({(RELEASE.stream, RELEASE.tag): release.files}, assets=release.assets)

    @pytest.fixture
    def release(self) -> ReleaseOnHost:
        return ReleaseOnHost(RELEASE, commit_of(SOURCE), SOURCE, {"Paint.xo": b"a bundle"})


@pytest.fixture(scope="module")
def real_builder() -> Builder:
    program, runtime = shutil.which("bwrap"), this_runtime(inspector_program().extensions)
    if program is None:
        missing("bwrap is not on the PATH")
    sandbox = Sandbox(Path(program), "system", runtime, privileged=os.geteuid() == 0)
    if failure := trial(sandbox, inspector_program()):
        missing(str(failure))
    return ConfinedBuilder(sandbox, packer_program(), inspector_program(), packer_toolchain())


class TestRememberingBuilder(BuilderContract):
    @pytest.fixture
    def builder(self, real_builder: Builder) -> Builder:
        return RememberingBuilder(real_builder)


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


@dataclass
class BoardPeer:
    """A board, and what goes wrong at it."""

    secret: str = "none"
    names_waits: bool = True
    _messages: dict[str, Notice] = field(default_factory=dict)
    _faults: dict[str, Exception] = field(default_factory=dict)
    _for_good: Exception | None = None
    _both: threading.Barrier | None = None

    def notifier(self) -> Notifier:
        return Board(self._messages, self._reach)

    def notice(self, notice_id: str, kind: NoticeKind) -> Notice:
        return values.notice(notice_id, kind)

    def messages(self) -> list[str]:
        return [f"{notice.kind} {notice.reason}" for notice in self._messages.values()]

    def lose_next_answer(self) -> None:
        self._faults["notify.after"] = Transient("the answer is lost")

    def hold_until_both_post(self) -> None:
        self._both = threading.Barrier(2)

    def fail_next_request(self) -> None:
        self._faults["notify.before"] = Transient("out of order")

    def limit_next_request(self, seconds: int) -> None:
        self._faults["notify.before"] = Transient("too many", retry_after=seconds)

    def disallow(self) -> None:
        self._for_good = Permanent("board.forbidden", "Nobody may write here.", "Ask for permission.")

    def go_away(self) -> None:
        self._for_good = Transient("the board is gone")

    def _reach(self, where: str) -> None:
        if where == "notify.before" and self._both is not None:
            self._both.wait(10)
        if self._for_good is not None:
            raise self._for_good
        if (fault := self._faults.pop(where, None)) is not None:
            raise fault


class TestBoard(NotifierContract):
    @pytest.fixture
    def peer(self) -> NotifierPeer:
        return BoardPeer()


class Held(Protocol):
    """Leases, whoever keeps them."""

    def take(self, name: str, holder: str, seconds: float) -> bool: ...
    def give_back(self, name: str, holder: str) -> None: ...
    def held(self, prefix: str = "") -> object: ...


@pytest.fixture(params=["stand-in", "database"])
def leases(request: pytest.FixtureRequest, log_path: Path) -> Iterator[Held]:
    if request.param == "stand-in":
        yield MemoryLeases(lambda: 1.0)
    else:
        with closing(Leases(log_path)) as real:
            yield real


def test_a_lease_is_held_by_one_until_it_is_given_back(leases: Held):
    assert leases.take("worker/a", "ada", 60)
    assert leases.take("worker/a", "ada", 60)
    assert not leases.take("worker/a", "bob", 60)
    leases.give_back("worker/a", "bob")
    assert leases.held() == {"worker/a": "ada"}
    leases.give_back("worker/a", "ada")
    assert leases.held() == {}
    assert leases.take("worker/a", "bob", 60)


def test_a_lease_that_has_expired_is_held_by_nobody(leases: Held):
    assert leases.take("worker/a", "ada", 0)
    assert leases.take("conductor", "ada", 60)
    assert leases.held("worker/") == {}
    assert leases.take("worker/a", "bob", 60)
    assert leases.held("worker/") == {"worker/a": "bob"}
