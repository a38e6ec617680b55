"""Every way of confining the programs makes a builder that keeps the contract of builders."""

from __future__ import annotations

import pytest
from aslo_builder_bubblewrap.builder import ConfinedBuilder
from aslo_builder_bubblewrap.confinement import Confinement

from aslo_core.api import Builder, inspector_program, packer_program, packer_toolchain
from aslo_core.testing.interrupting import InterruptibleBuilderContract


class TestConfinedBuilder(InterruptibleBuilderContract):
    @pytest.fixture
    def builder(self, confinement: Confinement) -> Builder:
        return ConfinedBuilder(confinement, packer_program(), inspector_program(), packer_toolchain())
