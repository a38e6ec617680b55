"""Posts a notice's comment once.

GitHub has no idempotency key for comments, so each carries a hidden marker: it is looked for before posting, and after posting
all but the oldest with the same marker are removed. Only comments of our own account count, since anybody can write a marker.
"""

from __future__ import annotations

import requests
import structlog
from github import GithubException, RateLimitExceededException, UnknownObjectException
from github.Commit import Commit
from github.CommitComment import CommitComment

from aslo_core.api import Notice, Templates, failpoint
from aslo_notify_github.wording import comment, marker

log = structlog.get_logger(__name__)


def post_once(commit: Commit, notice: Notice, templates: Templates, account_id: int) -> str:
    """Find the notice's comment on a commit, or post it; return its address.

    Args:
        commit: where.
        notice: what to tell.
        templates: give its text.
        account_id: id of our account.
    """
    told = _told(commit, notice, account_id)
    if not told:
        failpoint("notify_github.comment.before")
        posted = commit.create_comment(comment(notice, templates))
        failpoint("notify_github.comment.after")
        told = _told(commit, notice, account_id) or [posted]  # a list may lag behind what was just written
    oldest, *doubles = told
    for double in doubles:
        _remove(double)
    return oldest.html_url


def _told(commit: Commit, notice: Notice, account_id: int) -> list[CommitComment]:
    first_line = marker(notice)
    ours = [each for each in commit.get_comments() if each.user and each.user.id == account_id]
    return sorted((each for each in ours if each.body.startswith(first_line)), key=lambda each: each.id)


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
