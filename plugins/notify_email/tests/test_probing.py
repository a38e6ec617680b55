"""The mail server is greeted without a message, and a test message says that it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aslo_core.api import Permanent, Probed, Probes, SendsTest, Transient
from aslo_core.testing.mail_server import MailServer

if TYPE_CHECKING:
    from plugins.notify_email.tests.conftest import Post


def probed(post: Post, **options: object) -> Probed:
    notifier = post.notifier(**options)
    assert isinstance(notifier, Probes)
    (row,) = notifier.probe()
    return row


def test_a_server_that_takes_the_login_is_good_and_gets_no_message(post: Post) -> None:
    row = probed(post)
    assert (row.verdict, row.found.startswith(f"localhost:{post.server.port} answers, ")) == ("good", True)
    assert post.server.taken == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_password_an_untrusted_certificate_and_no_encryption_are_told(post: Post) -> None:
    with pytest.raises(Permanent, match="refused the login") as refusal:
        probed(post, password="wr0ng")
    assert "wr0ng" not in str(refusal.value)
    with pytest.raises(Transient, match="certificate"):
        probed(post, ca_file=None)


def test_a_server_that_cannot_encrypt_is_told(post: Post) -> None:
    with MailServer("none") as plain, pytest.raises(Permanent, match=r"email\.not-offered"):
        probed(post, port=plain.port, security="starttls", user=None, password=None)


def test_a_server_that_is_away_is_told(post: Post) -> None:
    post.go_away()
    with pytest.raises(Transient, match="gave no usable answer"):
        probed(post)


def test_a_test_notice_goes_to_the_list_alone_and_is_marked(post: Post) -> None:
    notifier = post.notifier(authors=[{"login": "ada", "address": "ada@example.net"}])
    assert isinstance(notifier, SendsTest)
    assert [notifier.send_test().verdict, notifier.send_test().verdict] == ["good", "good"]
    (mail, recipients), (again, _) = post.server.taken
    assert recipients == ("list@example.org",)
    assert mail["Subject"].startswith("[Test] ")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "This is a test" in mail.get_content()
    assert "https://aslo.example" in mail.get_content()
    assert mail["Message-ID"] != again["Message-ID"]


def test_where_authors_alone_are_written_to_nobody_gets_a_test(post: Post) -> None:
    row = post.notifier(to=[], authors=[{"login": "ada", "address": "ada@example.net"}]).send_test()
    assert (row.verdict, post.server.taken) == ("unknown", [])


def test_a_test_notice_that_is_refused_says_so(post: Post) -> None:
    post.server.replies["RCPT"] = ["550 5.1.1 no such person"]
    with pytest.raises(Permanent, match="recipient 1 of 1"):
        post.notifier().send_test()
