"""Three pipes, and programs that do with them what they like: there is always an end, and it is always told right."""

from __future__ import annotations

import hashlib
import io
import threading

import pytest
from aslo_builder_bubblewrap.confinement import Confinement, Job
from aslo_builder_bubblewrap.supervision import supervise
from aslo_builder_bubblewrap.testing import Attacker

from aslo_core.api import BuildLimits, Permanent, ProgramFailed, Stopped


def test_bytes_go_through_unchanged(attacker: Attacker, confinement: Confinement) -> None:
    source = bytes(range(256)) * 20_000
    attack = attacker.run(
        confinement, "import sys, hashlib; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())", source=source
    )
    assert attack.ended.status == 0
    assert attack.output.strip() == hashlib.sha256(source).hexdigest()


def test_a_source_that_is_never_read_holds_nothing_up(attacker: Attacker, bare: Confinement) -> None:
    attack = attacker.run(bare, "print('done')", source=bytes(5_000_000))
    assert attack.verdict() is None
    assert attack.output == "done\n"


def test_a_flood_of_log_is_cut_counted_and_holds_nothing_up(attacker: Attacker, bare: Confinement) -> None:
    attack = attacker.run(
        bare,
        """
        import sys
        for _ in range(300):
            sys.stderr.write("x" * 10_000)
        print("done")
        """,
        BuildLimits(wall_seconds=30, log_bytes=1000),
        source=bytes(1_000_000),
    )
    assert attack.output == "done\n"
    assert attack.log == "x" * 1000 + "\n[2999000 bytes of log beyond the limit of 1000 bytes were dropped]\n"
    assert attack.verdict() is None


def test_a_log_within_its_limit_says_nothing_more(attacker: Attacker, bare: Confinement) -> None:
    assert attacker.run(bare, "import sys; sys.stderr.write('x' * 10)", BuildLimits(log_bytes=10)).log == "x" * 10


def test_a_log_that_is_written_byte_by_byte_is_passed_on_in_few_pieces(attacker: Attacker, bare: Confinement) -> None:
    pieces: list[bytes] = []
    job = Job(
        program=attacker.program("import os\nfor _ in range(20_000): os.write(2, b'x')\nos.write(1, b'done')"),
        limits=BuildLimits(wall_seconds=30),
    )
    with bare.start(job) as running:
        ended = supervise(running, job.limits, source=io.BytesIO(), bundle=io.BytesIO(), log=pieces.append)
    assert b"".join(pieces) == b"x" * 20_000
    assert len(pieces) <= 2 + ended.seconds / 0.1


SAYS_TWO_THINGS = """
import os, signal
os.write(2, b"one, ")
for _ in range(100):
    os.read(0, 1 << 12)
os.write(2, b"two")
"""
"""Between them it reads more of its source than the pipe holds, so that the first was heard by then."""


@pytest.mark.parametrize("closes", ["pass", "os.close(1); os.close(2)"])
def test_what_is_written_is_passed_on_while_the_program_says_no_more(
    attacker: Attacker, bare: Confinement, closes: str
) -> None:
    log, stop = bytearray(), threading.Event()

    def hear(piece: bytes) -> None:
        log.extend(piece)
        if log == b"one, two":
            stop.set()

    job = Job(program=attacker.program(f"{SAYS_TWO_THINGS}{closes}; signal.pause()"), limits=BuildLimits(wall_seconds=30))
    with bare.start(job) as running, pytest.raises(Stopped):
        supervise(running, job.limits, source=io.BytesIO(bytes(1 << 20)), bundle=io.BytesIO(), log=hear, stop=stop)


def test_what_was_written_before_it_was_told_to_stop_is_passed_on(attacker: Attacker, bare: Confinement) -> None:
    """That is when it has read so much more of its source that the second thing was heard as well."""
    stop, pieces = threading.Event(), list[bytes]()

    class Source(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            if self.tell() == 20:
                stop.set()
            self.seek(1, io.SEEK_CUR)
            return bytes(1 << 16)

    job = Job(
        program=attacker.program(f"{SAYS_TWO_THINGS}while os.read(0, 1 << 16): pass"), limits=BuildLimits(wall_seconds=30)
    )
    with bare.start(job) as running, pytest.raises(Stopped):
        supervise(running, job.limits, source=Source(), bundle=io.BytesIO(), log=pieces.append, stop=stop)
    assert b"".join(pieces) == b"one, two"


def test_the_reason_is_found_behind_a_flood(attacker: Attacker, bare: Confinement) -> None:
    attack = attacker.run(
        bare,
        """
        import sys
        sys.stderr.write("x" * 100_000 + "\\n")
        sys.stderr.write('{"rule": "bundle.odd", "found": "It is odd.", "cure": "Make it even."}\\n')
        sys.exit(65)
        """,
        BuildLimits(wall_seconds=30, log_bytes=10),
    )
    verdict = attack.verdict()
    assert isinstance(verdict, Permanent)
    assert (verdict.rule, verdict.found, verdict.cure) == ("bundle.odd", "It is odd.", "Make it even.")


@pytest.mark.parametrize("closed", ["1", "1, 2", "0, 1, 2"])
def test_one_that_closes_its_output_and_lives_on_is_ended_by_the_clock(
    attacker: Attacker, bare: Confinement, closed: str
) -> None:
    attack = attacker.run(
        bare,
        f"""
        import os, signal
        os.write(1, b"PK")
        for number in ({closed},):
            os.close(number)
        signal.pause()
        """,
        BuildLimits(wall_seconds=1),
    )
    assert attack.ended.timed_out
    assert attack.output == "PK"


def test_the_end_of_output_is_not_success(attacker: Attacker, confinement: Confinement) -> None:
    attack = attacker.run(confinement, "import os; os.write(1, b'PK'); os.close(1); os.close(2); os._exit(3)")
    assert attack.ended.status == 3
    assert isinstance(attack.verdict(), ProgramFailed)


def test_a_bundle_that_grew_too_large_is_counted_to_its_end(attacker: Attacker, bare: Confinement) -> None:
    attack = attacker.run(bare, "import os; [os.write(1, bytes(1000)) for _ in range(3)]", BuildLimits(bundle_bytes=1000))
    verdict = attack.verdict()
    assert isinstance(verdict, Permanent)
    assert "has 3000 bytes, while 1000 are allowed" in verdict.found
    assert len(attack.output) == 1000


def test_an_endless_bundle_is_not_counted_for_ever(attacker: Attacker, confinement: Confinement) -> None:
    attack = attacker.run(confinement, "import os\nwhile True: os.write(1, bytes(4096))", BuildLimits(bundle_bytes=100_000))
    verdict = attack.verdict()
    assert isinstance(verdict, Permanent)
    assert "at least" in verdict.found
    assert len(attack.output) == 100_000
    assert attack.ended.seconds < 20


def test_a_survivor_that_keeps_writing_does_not_hold_up_the_end(attacker: Attacker, sandbox: Confinement) -> None:
    attack = attacker.run(
        sandbox,
        """
        import os
        if os.fork() == 0:
            while True:
                os.write(2, bytes(4096))
        os.write(1, b"whole")
        """,
        BuildLimits(wall_seconds=30, log_bytes=100),
    )
    assert attack.verdict() is None
    assert attack.output == "whole"
    assert attacker.is_gone()
