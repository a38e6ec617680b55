"""The plugin keeps the contract of notifiers: as a user with a token, as a GitHub App, and with one of its two ways to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from aslo_core.testing.notifier import NotifierContract, NotifierPeer

if TYPE_CHECKING:
    from plugins.notify_github.tests.conftest import World


class TestWithToken(NotifierContract):
    @pytest.fixture
    def peer(self, world: World) -> NotifierPeer:
        return world


class TestCommentsAlone(NotifierContract):
    @pytest.fixture
    def peer(self, world: World) -> NotifierPeer:
        world.options = {"statuses": False}
        return world


class TestAsApp(NotifierContract):
    @pytest.fixture
    def peer(self, world: World, installed_app: Callable[[], str]) -> NotifierPeer:
        installed_app()
        return world
