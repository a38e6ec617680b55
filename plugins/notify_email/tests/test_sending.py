"""Who gets a message, and what becomes of each refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from aslo_core.api import Permanent, Transient
from aslo_core.testing.mail_server import MailServer

if TYPE_CHECKING:
    from aslo_core.testing.certificates import Certificate
    from aslo_core.testing.mail_server import Security
    from plugins.notify_email.tests.conftest import Post

ADA = [{"login": "Ada", "address": "Ada Lovelace <ada@example.net>"}]


@pytest.fixture
def security() -> Security:
    return "starttls"


def refused(post: Post, **options: object) -> Permanent:
    with pytest.raises(Permanent) as caught:
        post.notifier(**options).notify(post.notice("n1", "published"))
    return caught.value


def test_the_list_and_an_author_whose_address_is_known_get_it(post: Post) -> None:
    post.notifier(authors=ADA).notify(post.notice("n1", "published"))
    ((mail, recipients),) = post.server.taken
    assert recipients == ("list@example.org", "ada@example.net")
    assert "ada@example.net" not in mail.as_string()


def test_an_author_alone_is_written_to_by_name(post: Post) -> None:
    post.notifier(to=[], authors=ADA).notify(post.notice("n1", "published"))
    ((mail, recipients),) = post.server.taken
    assert recipients == ("ada@example.net",)
    assert str(mail["To"]) == "Ada Lovelace <ada@example.net>"


def test_nobody_gets_it_twice(post: Post) -> None:
    post.notifier(to=["ada@Example.net", "b@example.org", "ada@example.net"], authors=ADA).notify(post.notice("n1", "failed"))
    assert post.server.taken[0][1] == ("ada@example.net", "b@example.org")


def test_a_release_of_an_author_whose_address_is_not_known_says_so(post: Post) -> None:
    refusal = refused(post, to=[], authors=[{"login": "bob", "address": "bob@example.net"}])
    assert refusal.rule == "notice.address-unknown"
    assert "authors of [notifier.mail]" in refusal.cure
    assert not post.server.taken


def test_where_one_recipient_is_refused_for_good_the_others_get_it_and_no_address_is_recorded(post: Post) -> None:
    post.server.replies["RCPT"] = ["550 5.1.1 <gone@example.org>: no such person here"]
    with capture_logs() as logs:
        refusal = refused(post, to=["gone@example.org", "list@example.org"])
    assert refusal.rule == "email.recipient-refused"
    assert refusal.found == "The mail server refused the recipient 1 of 2 (550 5.1.1)."
    assert "@" not in str(refusal)
    assert [recipients for _, recipients in post.server.taken] == [("list@example.org",)]
    assert [entry["reply"] for entry in logs] == ["5.1.1 <gone@example.org>: no such person here"]


def test_where_one_recipient_is_refused_for_now_the_others_get_it_once_and_that_one_later(post: Post) -> None:
    notifier = post.notifier(to=["full@example.org", "list@example.org", "b@example.org"])
    for _ in range(2):
        post.server.replies["RCPT"] = ["452 4.2.2 Mailbox full"]
        with pytest.raises(Transient, match=r"recipient 1 of 3 \(452 4\.2\.2\)$"):
            notifier.notify(post.notice("n1", "published"))
        assert [recipients for _, recipients in post.server.taken] == [("list@example.org", "b@example.org")]
    notifier.notify(post.notice("n1", "published"))
    (first, _), (later, recipients) = post.server.taken
    assert recipients == ("full@example.org",)
    assert later.as_bytes() == first.as_bytes()


def test_all_who_are_refused_for_now_are_named_by_their_places(post: Post) -> None:
    post.server.replies["RCPT"] = ["452 4.2.2 Mailbox full", "451 4.7.1 Greylisted"]
    with pytest.raises(Transient, match=r"recipient 1 of 3 \(452 4\.2\.2\).*recipient 2 of 3 \(451 4\.7\.1\)$"):
        post.notifier(to=["a@example.org", "b@example.org", "c@example.org"]).notify(post.notice("n1", "published"))


def test_who_is_refused_for_good_is_told_when_nobody_is_refused_for_now_any_more(post: Post) -> None:
    notifier = post.notifier(to=["gone@example.org", "full@example.org", "list@example.org"])
    post.server.replies["RCPT"] = ["550 5.1.1 No such person", "452 4.2.2 Mailbox full"]
    with pytest.raises(Transient, match="recipient 2 of 3"):
        notifier.notify(post.notice("n1", "published"))
    post.server.replies["RCPT"] = ["550 5.1.1 No such person"]
    with pytest.raises(Permanent, match="recipient 1 of 3"):
        notifier.notify(post.notice("n1", "published"))
    assert [recipients for _, recipients in post.server.taken] == [("list@example.org",), ("full@example.org",)]


def test_who_has_a_notice_is_known_of_the_newest_ones(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aslo_notify_email.notifier._REMEMBERED", 2)
    notifier = post.notifier()
    for notice_id in ("n1", "n2", "n1", "n3", "n1", "n2"):
        notifier.notify(post.notice(notice_id, "published"))
    assert len(post.mails()) == 3  # of three notices
    assert len(post.server.taken) == 4  # n2 was forgotten for n3


@pytest.mark.parametrize(
    ("command", "rule"),
    [("MAIL", "email.sender-refused"), ("RCPT", "email.recipient-refused"), ("DATA", "email.message-refused")],
)
def test_what_is_refused_for_good_names_what_to_look_at(post: Post, command: str, rule: str) -> None:
    post.server.replies[command] = ["554 5.7.1 No"]
    refusal = refused(post)
    assert refusal.rule == rule
    assert not post.server.taken


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("reply", ["421 4.3.2 Going down", "452 4.3.1 Disk full", ""])
def test_what_is_refused_for_now_or_breaks_off_is_tried_again(post: Post, command: str, reply: str) -> None:
    post.server.replies[command] = [reply]
    notifier = post.notifier()
    with pytest.raises(Transient):
        notifier.notify(post.notice("n1", "published"))
    notifier.notify(post.notice("n1", "published"))
    assert len(post.server.taken) == 1


def test_a_lost_answer_leads_to_a_second_message_with_the_same_identity(post: Post) -> None:
    post.server.loses_answer = True
    notifier = post.notifier()
    with pytest.raises(Transient):
        notifier.notify(post.notice("n1", "published"))
    notifier.notify(post.notice("n1", "published"))
    first, again = (mail for mail, _ in post.server.taken)
    assert first["Message-ID"] == again["Message-ID"]
    assert first.as_bytes() == again.as_bytes()


def test_a_wrong_password_is_permanent_and_not_shown(post: Post) -> None:
    refusal = refused(post, password="wr0ng")
    assert refusal.rule == "email.login-refused"
    assert "wr0ng" not in str(refusal)


def test_a_server_without_encryption_is_told_nothing(post: Post) -> None:
    with MailServer("none") as plain:
        refusal = refused(post, port=plain.port)
        assert refusal.rule == "email.not-offered"
        assert not plain.taken


@pytest.mark.parametrize("options", [{"ca_file": None}, {"host": "127.0.0.1"}])
def test_a_certificate_that_is_not_trusted_or_for_another_name_gets_nothing(post: Post, options: dict[str, object]) -> None:
    with pytest.raises(Transient, match="certificate of the mail server"):
        post.notifier(**options).notify(post.notice("n1", "published"))
    assert not post.server.taken


def test_a_server_that_says_nothing_is_given_up(post: Post, certificate: Certificate) -> None:
    """TLS from the first byte, where the server waits to be spoken to in plain words."""
    with pytest.raises(Transient):
        post.notifier(security="tls", timeout_seconds=5).notify(post.notice("n1", "published"))


def test_an_operators_template_replaces_one_part(post: Post) -> None:
    folder = post.context.directory / "templates"
    folder.mkdir()
    (folder / "body.txt").write_text("{% include '_greeting.txt' %}\n\n{{ title }}")
    (folder / "_greeting.txt").write_text("Dear {{ notice.author.login }},")
    (folder / "body.html").write_text('{% extends "shipped/body.html" %}')
    post.notifier(templates="templates").notify(post.notice("n1", "published"))
    (mail,) = post.mails()
    plain, page = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert plain == "Dear ada,\nMaze 29 is published\n"
    assert "<h1" in page


def test_a_broken_template_is_told_with_its_place_and_mended_without_a_restart(post: Post) -> None:
    folder = post.context.directory / "templates"
    folder.mkdir()
    (folder / "subject.txt").write_text("{% if title %}\n{{ title }}\n{% endfor %}")
    notifier = post.notifier(templates="templates")
    (problem,) = notifier.template_problems()
    assert (problem.file, problem.line) == (str(folder / "subject.txt"), 3)
    with pytest.raises(Transient, match=r"subject\.txt:3: "):
        notifier.notify(post.notice("n1", "published"))
    (folder / "subject.txt").write_text("{{ title }}\n\nBcc: victim@example.org")
    notifier.notify(post.notice("n1", "published"))
    (mail,) = post.mails()
    assert mail["Subject"] == "Maze 29 is published Bcc: victim@example.org"
