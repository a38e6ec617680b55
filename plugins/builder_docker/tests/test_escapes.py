"""Hostile programs in a container: what each tries must come to nothing."""

from __future__ import annotations

import pytest
from aslo_builder_docker.testing import ContainerJail

from aslo_core.testing.escapes import EscapeContract, Jail


class TestContainer(EscapeContract):
    """With the daemon's default runtime."""

    @pytest.fixture
    def jail(self, jail: ContainerJail) -> Jail:  # type: ignore[override]
        return jail
