"""A bundle is where it was asked for when it is whole, and never otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from aslo_builder_bubblewrap.builder import ConfinedBuilder
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.testing import Attacker

from aslo_core.api import BuildLimits, BuildRequest, Transient, confined, packer_toolchain


@pytest.fixture
def request_for(tmp_path: Path) -> BuildRequest:
    (tmp_path / "source.tar").write_bytes(b"source")
    (tmp_path / "out").mkdir()
    return BuildRequest(source=tmp_path / "source.tar", bundle=tmp_path / "out" / "bundle.xo", limits=BuildLimits())


def test_a_whole_bundle_is_the_only_file_that_is_left(attacker: Attacker, bare: Confinement, request_for: BuildRequest) -> None:
    program = attacker.program("import sys; sys.stdout.write(sys.stdin.read() * 2)")
    ConfinedBuilder(bare, program, packer_toolchain()).build(request_for, lambda _: None)
    assert {file.name: file.read_bytes() for file in request_for.bundle.parent.iterdir()} == {"bundle.xo": b"sourcesource"}


def test_half_a_bundle_is_none(attacker: Attacker, bare: Confinement, request_for: BuildRequest) -> None:
    program = attacker.program("import sys; sys.stdout.write('half'); sys.stdout.flush(); sys.exit(1)")
    with pytest.raises(confined.PackerFailed, match="status 1"):
        ConfinedBuilder(bare, program, packer_toolchain()).build(request_for, lambda _: None)
    assert list(request_for.bundle.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_transient(attacker: Attacker, bare: Confinement, request_for: BuildRequest) -> None:
    request_for.bundle.parent.rmdir()
    with pytest.raises(Transient, match="write its bundle"):
        ConfinedBuilder(bare, attacker.program("print()"), packer_toolchain()).build(request_for, lambda _: None)


def test_what_goes_wrong_while_it_runs_leaves_nothing_running(
    attacker: Attacker, confinement: Confinement, request_for: BuildRequest
) -> None:
    def disturbed(_piece: bytes) -> None:
        raise KeyboardInterrupt

    program = attacker.program("import os, signal; os.write(2, b'log'); signal.pause()")
    with pytest.raises(KeyboardInterrupt):
        ConfinedBuilder(confinement, program, packer_toolchain()).build(request_for, disturbed)
    assert attacker.is_gone()
    assert list(request_for.bundle.parent.iterdir()) == []
