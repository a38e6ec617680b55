"""The Docker builder does what every builder has to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aslo_core.api import Builder
from aslo_core.testing.builder import BuilderContract


class TestColdContainers(BuilderContract):
    """Made for each build when it begins."""

    @pytest.fixture
    def builder(self, make_builder: Callable[..., Builder]) -> Builder:
        return make_builder(warm=0)
