"""What people get: readable as text and as HTML, in one conversation for each release, whatever a developer wrote."""

from __future__ import annotations

import email
import re
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from aslo_notify_email.addresses import address_of
from aslo_notify_email.message import message
from aslo_notify_email.notifier import SHIPPED
from hypothesis import given, settings
from hypothesis import strategies as st

from aslo_core.api import Notice, Templates
from aslo_core.testing import values
from aslo_core.types import NOTICE_KINDS

TEMPLATES = Templates(SHIPPED)
SENDER = address_of("ASLO <aslo@example.org>")
LIST = (address_of("list@example.org"),)
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version"}

hostile = st.text() | st.text(st.sampled_from("a \r\n\t:<>&\"'é🔨\x00\u2028\u202e\ud800=?utf-8?q?.-"), max_size=300)


def sent(notice: Notice, table: str = "mail") -> EmailMessage:
    """The message as it is read at the other end."""
    raw = message(notice, TEMPLATES, SENDER, LIST, table).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    read = email.message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(read, EmailMessage)
    return read


def text(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


class Elements(HTMLParser):
    """The names of a page's elements, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]
        assert not [name for name, _ in attributes if name.startswith("on")]


@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_every_kind_is_told_as_text_and_as_html(kind: Any) -> None:
    notice = values.notice("n1", kind)
    mail = sent(notice)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "Maze 29" in mail["Subject"]
    for subtype in ("plain", "html"):
        assert notice.reason in text(mail, subtype)
        assert notice.status_url in text(mail, subtype)
    assert not list(mail.iter_attachments())


def test_headers_say_that_a_program_wrote_and_when() -> None:
    mail = sent(values.notice("n1", "published"))
    assert set(mail.keys()) == HEADERS | {"Content-Type"}
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.isoformat() == "2026-09-21T14:13:20+00:00"
    assert (str(mail["From"]), str(mail["To"])) == ("ASLO <aslo@example.org>", "list@example.org")


def test_the_same_notice_is_the_same_message_byte_by_byte() -> None:
    once, again = (message(values.notice("n1", "rejected"), TEMPLATES, SENDER, LIST, "mail").as_bytes() for _ in range(2))
    assert once == again


def test_messages_have_identities_of_their_own_and_one_conversation_for_each_release() -> None:
    first, second = sent(values.notice("n1", "started")), sent(values.notice("n2", "published"))
    other_table = sent(values.notice("n1", "started"), "press")
    other_release = sent(values.notice("n1", "started", release_id="8"))
    assert len({mail["Message-ID"] for mail in (first, second, other_table)}) == 3
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert other_release["References"] != first["References"]
    assert re.fullmatch(r"<notice\.[0-9a-f]{40}@example\.org>", first["Message-ID"])


@settings(deadline=None)  # a whole message is made, twice
@given(hostile, st.sampled_from(NOTICE_KINDS))
def test_nothing_that_a_developer_wrote_makes_a_header_a_part_or_an_element(written: str, kind: Any) -> None:
    tame, wild = (
        values.notice(
            "n1", kind, tag=t, name=t, version=t, reason=t, cure=t, rule="a.b", warnings=(t, t), rule_url="https://a.b"
        )
        for t in ("x", written or "x")
    )
    expected, mail = sent(tame), sent(wild)
    assert mail.keys() == expected.keys()
    assert len(mail["Subject"]) <= 200
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert set(Elements(text(mail, "html")).names) <= set(Elements(text(expected, "html")).names) | {"p", "strong", "code"}
    assert Elements(text(mail, "html")).links == Elements(text(expected, "html")).links
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", text(mail, "plain") + text(mail, "html"))


def test_a_line_end_in_a_name_adds_no_header() -> None:
    notice = values.notice("n1", "published", name="Maze\r\nBcc: victim@example.org\r\n\r\nBuy this")
    mail = sent(notice)
    assert "Bcc" not in mail
    assert "Maze Bcc: victim@example.org Buy this 29 is published" in mail["Subject"]


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?=0d=0aBcc:_x=40evil.example?=",
        "=?utf-8?b?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
        "Maze =?us-ascii*en?Q?=0D=0A=0D=0AAnother_body?= 1",
        "=\x00?utf-8?q?=0aBcc:_x=40evil.example?=",
        "==??utf-8?q?=0aBcc:_x=40evil.example?=",
    ],
)
def test_an_encoded_word_in_a_name_is_text_and_its_line_end_adds_no_header(name: str) -> None:
    mail = sent(values.notice("n1", "published", name=name))
    assert set(mail.keys()) == HEADERS | {"Content-Type"}
    assert name.replace("\x00", "").replace("=?", "= ?") in mail["Subject"]
    assert mail.get_content_type() == "multipart/alternative"


def test_markup_in_a_reason_is_shown_not_followed() -> None:
    page = text(sent(values.notice("n1", "rejected", reason='<img src=x onerror="a()"> & co')), "html")
    assert "&lt;img src=x onerror=&quot;a()&quot;&gt; &amp; co" in page


def test_many_warnings_are_counted_not_listed() -> None:
    mail = sent(values.notice("n1", "published", warnings=tuple(f"Warning {n}" for n in range(100))))
    for subtype in ("plain", "html"):
        assert "and 90 more" in text(mail, subtype)
        assert "Warning 10" not in text(mail, subtype)
