"""What the end of a job means, for every end that there is."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import BuildLimits, Permanent, ProgramFailed, Transient
from aslo_core.confined import Ended, judge

LIMITS = BuildLimits(cpu_seconds=10, bundle_bytes=100)
DONE = Ended(status=0, started=True, timed_out=False, bundle_bytes=50, tail=b"", seconds=1.0)


def test_status_zero_and_a_bundle_is_success() -> None:
    judge(DONE, LIMITS)
    judge(replace(DONE, bundle_bytes=100), LIMITS)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"bundle_bytes": 101}, "build.bundle-limit"),
        ({"bundle_bytes": 101, "status": -signal.SIGKILL}, "build.bundle-limit"),
        ({"timed_out": True, "status": -signal.SIGKILL}, "build.time-limit"),
        ({"timed_out": True, "started": False}, "build.time-limit"),
        ({"status": -signal.SIGXCPU}, "build.cpu-limit"),
        ({"status": 128 + signal.SIGXCPU}, "build.cpu-limit"),
        ({"status": 128 + signal.SIGKILL, "seconds": 10.5}, "build.cpu-limit"),
        ({"memory_bytes": 1000}, "build.memory-limit"),
        ({"memory_bytes": 1000, "status": 128 + signal.SIGKILL}, "build.memory-limit"),
        ({"status": 65, "tail": b'noise\n{"rule": "a.b", "found": "f", "cure": "c"}\n'}, "a.b"),
    ],
)
def test_what_the_developer_can_mend_is_permanent(change: dict[str, object], rule: str) -> None:
    with pytest.raises(Permanent) as caught:
        judge(replace(DONE, **change), LIMITS)  # type: ignore[arg-type]
    assert caught.value.rule == rule
    assert caught.value.found
    assert caught.value.cure


@pytest.mark.parametrize(("told", "file"), [(b', "file": "po/fr.po"', "po/fr.po"), (b"", "")])
def test_a_fault_names_its_file_where_there_is_one(told: bytes, file: str) -> None:
    with pytest.raises(Permanent) as caught:
        judge(replace(DONE, status=65, tail=b'{"rule": "a.b", "found": "f", "cure": "c"' + told + b"}"), LIMITS)
    assert caught.value.file == file


@pytest.mark.parametrize(
    "change",
    [
        {"started": False, "status": 1, "tail": b"bwrap: No permissions to create a new namespace"},
        {"started": False, "status": 0},
        {"started": False, "status": 65},
        {"status": -signal.SIGKILL},
        {"status": 128 + signal.SIGKILL},
    ],
)
def test_what_may_go_well_next_time_is_transient(change: dict[str, object]) -> None:
    with pytest.raises(Transient):
        judge(replace(DONE, **change), LIMITS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"status": 1, "tail": b"Traceback ...\nKeyError: 'x'"},
        {"status": -signal.SIGSEGV},
        {"bundle_bytes": 0},
        {"status": 65, "tail": b""},
        {"status": 65, "tail": b"no JSON"},
        {"status": 65, "tail": b"[" * 100_000},
        {"status": 65, "tail": b'["rule"]'},
        {"status": 65, "tail": b'{"rule": "a.b", "found": "f"}'},
    ],
)
def test_anything_else_is_nobodys_fault_but_ours(change: dict[str, object]) -> None:
    with pytest.raises(ProgramFailed):
        judge(replace(DONE, **change), LIMITS)  # type: ignore[arg-type]


ENDS = st.builds(
    Ended,
    status=st.integers(-64, 255),
    started=st.booleans(),
    timed_out=st.booleans(),
    bundle_bytes=st.integers(0, 500),
    tail=st.binary(),
    seconds=st.floats(0, 1000),
    memory_bytes=st.integers(0, 1),
)


@given(ended=ENDS)
def test_success_is_only_what_ran_to_its_end_and_wrote_a_bundle_within_the_limit(ended: Ended) -> None:
    with contextlib.suppress(Permanent, Transient, ProgramFailed):
        judge(ended, LIMITS)
        assert (ended.status, ended.started, ended.timed_out, ended.memory_bytes) == (0, True, False, 0)
        assert 0 < ended.bundle_bytes <= LIMITS.bundle_bytes
