"""Which notices a notifier's table withholds from it."""

from __future__ import annotations

from typing import Any

import pytest

from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.events import ENDINGS
from aslo_core.release.notices import withheld_by
from aslo_core.testing.values import notice
from aslo_core.types import NOTICE_KINDS, NoticeKind


def test_there_is_a_notice_of_the_start_and_of_every_ending():
    assert set(NOTICE_KINDS) == {"started", *ENDINGS.values()}


@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_without_a_word_all_is_told(kind: NoticeKind):
    assert withheld_by(NoticeFilter(), notice("n1", kind)) == ""
    assert withheld_by(NoticeFilter(), notice("n1", kind, bundle_id="")) == ""


@pytest.mark.parametrize(
    ("only", "key"),
    [
        ({"events": ("published", "rejected")}, ""),
        ({"events": ("rejected",)}, "events"),
        ({"owners": ("someone", "SugarLabs")}, ""),
        ({"owners": ("sugar*",)}, ""),
        ({"owners": ("sugar",)}, "owners"),
        ({"activities": ("org.laptop.*", "org.sugarlabs.Maze")}, ""),
        ({"activities": ("org.sugarlabs.*",)}, ""),
        ({"activities": ("org.sugarlabs.maze",)}, "activities"),
        ({"activities": ("org.sugarlabs",)}, "activities"),
        ({"events": ("published",), "owners": ("sugarlabs",), "activities": ("*.Maze",)}, ""),
        ({"events": ("published",), "owners": ("sugarlabs",), "activities": ("*.Paint",)}, "activities"),
    ],
)
def test_each_key_has_to_let_it_through(only: dict[str, Any], key: str):
    assert withheld_by(NoticeFilter(**only), notice("n1", "published")) == key


def test_a_release_whose_activity_was_not_read_belongs_to_none_that_is_named():
    unread = notice("n1", "started", bundle_id="")
    assert withheld_by(NoticeFilter(activities=("org.sugarlabs.Maze",)), unread) == "activities"
    assert withheld_by(NoticeFilter(activities=("?*",)), unread) == "activities"
