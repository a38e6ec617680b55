"""What a notifier is told: keys of the core in the tables of every notifier."""

from __future__ import annotations

import pytest

from aslo_core.config import read
from aslo_core.config.effective import effective
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.config.schema import schema
from aslo_core.config.settings import core_keys
from aslo_core.entry_points import KINDS
from tests.config.conftest import PLUGINS, REST, Corner


def only(configurations, *lines: str) -> NoticeFilter:
    text = "\n".join([REST, "[notifier.mail]", 'use = "corner"', "x = 1", *lines])
    (notifier,) = configurations.settings(text).of("notifier")
    assert notifier.options == Corner(x=1)
    return notifier.only


def test_without_a_word_everything_is_told(configurations):
    assert only(configurations) == NoticeFilter()


def test_what_is_written_is_what_is_told(configurations):
    said = only(
        configurations, 'events = ["published", "rejected"]', 'owners = ["sugarlabs"]', 'activities = ["org.sugarlabs.*"]'
    )
    assert said == NoticeFilter(events=("published", "rejected"), owners=("sugarlabs",), activities=("org.sugarlabs.*",))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('events = ["publishd"]', 'notifier.mail.events[0]: "publishd"; it must be "started", "published", "rejected"'),
        ("events = []", "notifier.mail.events: []; an empty list lets nothing through"),
        ('events = "published"', 'notifier.mail.events: "published"; it must be a list'),
        ('owners = [""]', 'notifier.mail.owners[0]: ""; it must not be empty'),
        ("activities = [1]", "notifier.mail.activities[0]: 1; it must be a text in quotes"),
        ("event = []", "notifier.mail.event: unknown key; did you mean events?"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(configurations, line: str, problem: str):
    (told,) = configurations.problems(f'{REST}[notifier.mail]\nuse = "corner"\nx = 1\n{line}\n')
    assert problem in told


def test_other_kinds_have_no_such_keys(configurations):
    (told,) = configurations.problems(configurations.sample('events = ["published"]'))
    assert "storage.main.events: unknown key" in told
    assert [kind for kind in KINDS if "events" in core_keys(kind)] == ["notifier"]


def test_it_is_told_with_what_is_in_force(configurations):
    text = f'{REST}[notifier.mail]\nuse = "corner"\nx = 1\nevents = ["published"]\n'
    settings, document = configurations.settings(text), read(configurations.path)
    table = next(table for table in effective(document, settings) if table.key == "notifier.mail")
    assert {value.key: (value.value, value.origin) for value in table.values} == {
        "events": (["published"], "file"),
        "owners": (["*"], "default"),
        "activities": (["*"], "default"),
        "x": (1, "file"),
        "y": (0, "default"),
    }


def test_editors_know_it_in_notifiers_alone():
    definitions = schema(PLUGINS)["$defs"]
    assert {"events", "owners", "activities"} <= definitions["notifier.corner"]["properties"].keys()
    assert "events" not in definitions["storage.plain"]["properties"]
