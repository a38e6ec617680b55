"""The contract of every notifier, as a suite of tests that a plugin adopts.

In the plugin's tests, against the real peer or a double that speaks its protocol::

    class TestMine(NotifierContract):
        @pytest.fixture
        def peer(self, tmp_path: Path) -> Iterator[NotifierPeer]:
            with MyPeer(tmp_path) as peer:
                yield peer
"""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from aslo_core.errors import Permanent, Transient
from aslo_core.types import Notice, Notifier

ENDINGS = ("published", "rejected", "failed", "unchanged", "withdrawn", "cancelled")
"""Kinds of notice that end a run."""

_WAIT_SECONDS = 30


class NotifierPeer(Protocol):
    """The far side of a notifier under test, and what can go wrong with it."""

    @property
    def secret(self) -> str:
        """What the notifier signs or signs in with, which it must not show."""
        ...

    @property
    def names_waits(self) -> bool:
        """Whether its protocol can say how long to wait."""
        ...

    def notifier(self) -> Notifier:
        """A new notifier that shares nothing with earlier ones, as another process would have it."""
        ...

    def notice(self, notice_id: str, kind: str) -> Notice:
        """A notice that can be delivered, all of the same release. Its reason, if it has one, contains its id."""
        ...

    def messages(self) -> list[str]:
        """What is seen, oldest first, as written.

        Where nobody can look for a message before sending it, each has an identity by which its receiver knows it again:
        messages of one identity count once.
        """
        ...

    def lose_next_answer(self) -> None:
        """Let the next message arrive, and its answer get lost."""
        ...

    def hold_until_both_post(self) -> None:
        """Let the next message wait until a second one is about to be taken, so that neither saw the other."""
        ...

    def fail_next_request(self) -> None:
        """Let the next request fail as it does when the peer is out of order."""
        ...

    def limit_next_request(self, seconds: int) -> None:
        """Let the next request be refused for now, with the wish to wait so long if its protocol has words for that."""
        ...

    def disallow(self) -> None:
        """Refuse from now on, for good, whatever the notifier sends."""
        ...

    def go_away(self) -> None:
        """Stop answering altogether."""
        ...


class NotifierContract:
    """What the core relies on when it calls a notifier. Subclass it and define the fixture `peer`."""

    def test_a_notice_becomes_one_message_whose_address_is_returned(self, peer: NotifierPeer) -> None:
        """Told, and with a place to look at where there is one."""
        address = peer.notifier().notify(peer.notice("n1", "started"))
        assert len(peer.messages()) == 1
        assert not address or address.startswith(("http://", "https://"))

    @pytest.mark.parametrize("kind", ENDINGS)
    def test_every_ending_is_told(self, peer: NotifierPeer, kind: str) -> None:
        """No kind of notice is lost."""
        peer.notifier().notify(peer.notice("n1", kind))
        assert len(peer.messages()) == 1

    def test_the_same_notice_again_finds_the_first_message(self, peer: NotifierPeer) -> None:
        """Retries are harmless, also those of another process."""
        notice = peer.notice("n1", "published")
        first = peer.notifier()
        addresses = {first.notify(notice), first.notify(notice), peer.notifier().notify(notice)}
        assert len(peer.messages()) == 1
        assert len(addresses) == 1

    def test_two_notices_of_one_release_are_two_messages_in_order(self, peer: NotifierPeer) -> None:
        """The marker tells notices apart, and what started is told before how it ended."""
        notifier = peer.notifier()
        notifier.notify(peer.notice("n1", "started"))
        (started,) = peer.messages()
        notifier.notify(peer.notice("n1-ended", "published"))
        assert len(peer.messages()) == 2  # noqa: PLR2004
        assert peer.messages()[0] == started

    def test_a_lost_answer_leads_to_no_second_message(self, peer: NotifierPeer) -> None:
        """The message arrived but nobody heard of it: the next try finds it."""
        notice = peer.notice("n1", "started")
        peer.lose_next_answer()
        with pytest.raises(Transient):
            peer.notifier().notify(notice)
        assert len(peer.messages()) == 1
        peer.notifier().notify(notice)
        assert len(peer.messages()) == 1

    def test_two_at_once_leave_one_message(self, peer: NotifierPeer) -> None:
        """Both looked before either posted: one message is left, and both return its address."""
        notice = peer.notice("n1", "started")
        notifiers = peer.notifier(), peer.notifier()
        peer.hold_until_both_post()
        with ThreadPoolExecutor(2) as pool:
            told = [pool.submit(notifier.notify, notice) for notifier in notifiers]
            addresses = {each.result(_WAIT_SECONDS) for each in told}
        assert len(peer.messages()) == 1
        assert len(addresses) == 1

    def test_an_outage_is_transient_and_the_next_try_tells_it_once(self, peer: NotifierPeer) -> None:
        """A peer that is out of order is tried again later."""
        notice = peer.notice("n1", "failed")
        notifier = peer.notifier()
        peer.fail_next_request()
        with pytest.raises(Transient):
            notifier.notify(notice)
        notifier.notify(notice)
        assert len(peer.messages()) == 1

    def test_a_limit_is_passed_on_and_not_waited_for(self, peer: NotifierPeer) -> None:
        """The core decides when to try again; a thread that sleeps would hold up everybody's notices."""
        peer.limit_next_request(600)
        with pytest.raises(Transient) as limited:
            peer.notifier().notify(peer.notice("n1", "started"))
        if peer.names_waits:
            assert limited.value.retry_after is not None
            assert 590 <= limited.value.retry_after <= 610  # noqa: PLR2004
        else:
            assert limited.value.retry_after is None

    def test_a_missing_permission_is_permanent_and_says_what_to_do(self, peer: NotifierPeer) -> None:
        """Trying again would not help; an operator has to."""
        notifier = peer.notifier()
        peer.disallow()
        with pytest.raises(Permanent) as refused:
            notifier.notify(peer.notice("n1", "started"))
        assert refused.value.rule.partition(".")[2]
        assert refused.value.cure

    def test_a_peer_that_is_gone_is_transient(self, peer: NotifierPeer) -> None:
        """Nobody answers: tried again later."""
        notifier = peer.notifier()
        peer.go_away()
        with pytest.raises(Transient):
            notifier.notify(peer.notice("n1", "started"))

    def test_no_error_shows_the_secret(self, peer: NotifierPeer) -> None:
        """Errors are recorded in the log for good."""
        notifier = peer.notifier()
        peer.disallow()
        with pytest.raises(Permanent) as refused:
            notifier.notify(peer.notice("n1", "started"))
        peer.go_away()
        with pytest.raises(Transient) as gone:
            notifier.notify(peer.notice("n1", "started"))
        for caught in (refused, gone):
            shown = "".join(traceback.format_exception(caught.value))
            assert peer.secret not in shown
            assert peer.secret not in repr(caught.value)
