"""Posts a notice's comment once.

GitHub has no idempotency key for comments, so each carries a hidden marker: it is looked for before posting. Of several with
the same marker the oldest stays and the others are removed, those of earlier notices too: two that told the same at the same
time may each have seen a list without the other's. Only comments of our own account count, since anybody can write a marker.
"""

from __future__ import annotations

import requests
import structlog
from github import GithubException, RateLimitExceededException, UnknownObjectException
from github.Commit import Commit
from github.CommitComment import CommitComment

from aslo_core.api import Notice, Templates, failpoint
from aslo_notify_github.wording import comment, is_marker, marker

log = structlog.get_logger(__name__)


def post_once(commit: Commit, notice: Notice, templates: Templates, account_id: int) -> str:
    """Find the notice's comment on a commit, or post it; return its address.

    Args:
        commit: where.
        notice: what to tell.
        templates: give its text.
        account_id: id of our account.
    """
    wanted = marker(notice)
    told = _told(commit, account_id)
    if wanted not in told:
        failpoint("notify_github.comment.before")
        posted = commit.create_comment(comment(notice, templates))
        failpoint("notify_github.comment.after")
        told = {wanted: [posted]} | _told(commit, account_id)  # a list may lag behind what was just written
    for _oldest, *doubles in told.values():
        for double in doubles:
            _remove(double)
    return told[wanted][0].html_url


def _told(commit: Commit, account_id: int) -> dict[str, list[CommitComment]]:
    """Give our comments on a commit by their markers, the oldest of each first."""
    told: dict[str, list[CommitComment]] = {}
    for each in sorted(commit.get_comments(), key=lambda each: each.id):
        first_line = each.body.partition("\n")[0].rstrip()
        if each.user and each.user.id == account_id and is_marker(first_line):
            told.setdefault(first_line, []).append(each)
    return told


def _remove(double: CommitComment) -> None:
    try:
        failpoint("notify_github.remove-double.before")
        double.delete()
        failpoint("notify_github.remove-double.after")
    except UnknownObjectException:
        log.debug("notify_github.double_already_removed", comment=double.id)
    except GithubException as error:
        if error.status != requests.codes.forbidden or isinstance(error, RateLimitExceededException):
            raise
        log.warning("notify_github.double_left", comment=double.id, reason="no permission to delete comments")
