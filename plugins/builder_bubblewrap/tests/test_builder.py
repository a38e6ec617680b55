"""A bundle is where it was asked for when it is whole, and never otherwise."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from aslo_builder_bubblewrap.builder import ConfinedBuilder
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.testing import Attacker

from aslo_core.api import BuildLimits, BuildRequest, ConfinedProgram, ProgramFailed, Stopped, Transient, packer_toolchain


@pytest.fixture
def request_for(tmp_path: Path) -> BuildRequest:
    (tmp_path / "source.tar").write_bytes(b"source")
    (tmp_path / "out").mkdir()
    return BuildRequest(source=tmp_path / "source.tar", bundle=tmp_path / "out" / "bundle.xo", limits=BuildLimits())


def builder_of(confinement: Confinement, program: ConfinedProgram) -> ConfinedBuilder:
    return ConfinedBuilder(confinement, program, program, packer_toolchain())


def test_a_whole_bundle_is_the_only_file_that_is_left(attacker: Attacker, bare: Confinement, request_for: BuildRequest) -> None:
    program = attacker.program("import sys; sys.stdout.write(sys.stdin.read() * 2)")
    builder_of(bare, program).build(request_for, lambda _: None)
    assert {file.name: file.read_bytes() for file in request_for.bundle.parent.iterdir()} == {"bundle.xo": b"sourcesource"}


def test_half_a_bundle_is_none(attacker: Attacker, bare: Confinement, request_for: BuildRequest) -> None:
    program = attacker.program("import sys; sys.stdout.write('half'); sys.stdout.flush(); sys.exit(1)")
    with pytest.raises(ProgramFailed, match="status 1"):
        builder_of(bare, program).build(request_for, lambda _: None)
    assert list(request_for.bundle.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_transient(attacker: Attacker, bare: Confinement, request_for: BuildRequest) -> None:
    request_for.bundle.parent.rmdir()
    with pytest.raises(Transient, match="not be written"):
        builder_of(bare, attacker.program("print()")).build(request_for, lambda _: None)


def test_what_goes_wrong_while_it_runs_leaves_nothing_running(
    attacker: Attacker, confinement: Confinement, request_for: BuildRequest
) -> None:
    def disturbed(_piece: bytes) -> None:
        raise KeyboardInterrupt

    program = attacker.program("import os, signal; os.write(2, b'log'); signal.pause()")
    with pytest.raises(KeyboardInterrupt):
        builder_of(confinement, program).build(request_for, disturbed)
    assert attacker.is_gone()
    assert list(request_for.bundle.parent.iterdir()) == []


def test_one_that_is_told_to_stop_in_the_midst_leaves_nothing(
    attacker: Attacker, confinement: Confinement, request_for: BuildRequest
) -> None:
    """However little the program does of itself to end."""
    stop = threading.Event()
    program = attacker.program("import os, signal, time; os.write(2, b'begun'); signal.pause()")
    with pytest.raises(Stopped):
        builder_of(confinement, program).until(stop).build(request_for, lambda _: stop.set())
    assert attacker.is_gone()
    assert list(request_for.bundle.parent.iterdir()) == []
