"""Steps are done in threads that are kept: one that hangs is nobody else's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from aslo_core.release import threads
from aslo_core.release.attempt import Undertaking
from aslo_core.release.threads import Threads

PATIENCE_S = 60
SAID: ContextVar[str] = ContextVar("SAID", default="nothing")


@pytest.fixture
def opened() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def done_by(kept: Threads) -> threading.Thread:
    """Have something done; give the thread that did it, once that waits for the next thing."""
    undertaking = Undertaking(threading.Event(), threading.current_thread)
    undertaking.start("a step", kept)
    undertaking.wait(PATIENCE_S)
    thread = undertaking.result()
    while thread.is_alive() and thread.name == "a step":
        threading.Event().wait(0.001)
    return thread


def test_one_after_the_other_is_done_by_the_same_thread():
    kept = Threads()
    assert done_by(kept) is done_by(kept)


def test_a_thread_is_named_for_what_it_does_and_the_process_waits_for_none():
    kept = Threads()
    for name in ("one step", "another"):
        undertaking = Undertaking(
            threading.Event(), lambda: (threading.current_thread().name, threading.current_thread().daemon)
        )
        undertaking.start(name, kept)
        undertaking.wait(PATIENCE_S)
        assert undertaking.result() == (name, True)


def test_what_hangs_keeps_its_thread_from_what_comes_next(opened: threading.Event):
    kept = Threads()
    first = done_by(kept)
    hung = threading.Event()

    def hang() -> None:
        hung.set()
        opened.wait(PATIENCE_S)

    kept.run("hangs", hang)
    assert hung.wait(PATIENCE_S)
    assert first.name == "hangs"
    assert done_by(kept) is not first


def test_what_a_step_said_of_its_context_is_not_heard_by_the_next():
    kept = Threads()
    for _ in range(2):
        undertaking = Undertaking(threading.Event(), lambda: (SAID.get(), SAID.set("something"))[0])
        undertaking.start("a step", kept)
        undertaking.wait(PATIENCE_S)
        assert undertaking.result() == "nothing"


def test_only_some_threads_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threads, "_KEPT", 1)
    kept = Threads()
    together = threading.Barrier(3)
    working: list[threading.Thread] = []

    def work() -> None:
        working.append(threading.current_thread())
        together.wait(PATIENCE_S)

    for _ in range(2):
        kept.run("a step", work)
    together.wait(PATIENCE_S)
    first, second = working
    until = time.monotonic() + PATIENCE_S
    while first.is_alive() and second.is_alive():
        assert time.monotonic() < until, "both are kept"
        threading.Event().wait(0.001)
    assert first.is_alive() or second.is_alive()
    assert done_by(kept) in working
