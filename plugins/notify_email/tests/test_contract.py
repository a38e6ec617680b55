"""The plugin keeps the contract of notifiers, whichever way the server encrypts, for a mailbox that knows a message again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aslo_core.testing.notifier import NotifierContract, NotifierPeer

if TYPE_CHECKING:
    from plugins.notify_email.tests.conftest import Post


class TestContract(NotifierContract):
    @pytest.fixture
    def peer(self, post: Post) -> NotifierPeer:
        return post
