"""The plugin keeps the contract of notifiers, for a receiver that knows a webhook again by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aslo_core.testing.notifier import NotifierContract, NotifierPeer

if TYPE_CHECKING:
    from plugins.notify_webhook.tests.conftest import Desk


class TestContract(NotifierContract):
    @pytest.fixture
    def peer(self, desk: Desk) -> NotifierPeer:
        return desk
