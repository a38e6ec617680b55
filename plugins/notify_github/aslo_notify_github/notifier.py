"""Tells a notice on GitHub, once, however often and from however many places it is tried."""

from __future__ import annotations

import structlog
from github import GithubException, UnknownObjectException
from github.Commit import Commit
from github.CommitComment import CommitComment

from aslo_core.api import Context, Notice, Permanent
from aslo_notify_github.account import Account, account
from aslo_notify_github.failures import classified
from aslo_notify_github.options import GitHubNotifierOptions
from aslo_notify_github.wording import comment, description, marker, wording

log = structlog.get_logger(__name__)


class GitHubNotifier:
    """Comments on the tag's commit and sets its commit status.

    GitHub has no idempotency key for comments, so each carries a hidden marker: it is looked for before posting, and after
    posting all but the oldest with the same marker are removed. Only comments of our own account count.

    Args:
        account: who comments.
        options: what is told, and how.
        table: table of the configuration, for cures.
    """

    def __init__(self, account: Account, options: GitHubNotifierOptions, table: str) -> None:
        self._account = account
        self._options = options
        self._table = table

    def notify(self, notice: Notice) -> str:
        """Tell one notice; see `aslo_core.api.Notifier`."""
        repository_id = _repository_id(notice)
        if not notice.commit:
            raise Permanent(
                "notice.commit-unknown",
                f"No commit was found for tag {notice.tag!r} of {notice.repository.full_name}, so there is none to comment on.",
                "Look at the release's page instead; if the tag is missing on GitHub, push it and publish the release again.",
            )
        place = f"{notice.repository.full_name}@{notice.commit[:12]}"
        refusals: list[Permanent] = []
        address = ""
        with classified(f"sign in to GitHub for {place}", self._table):
            client = self._account.client(notice.repository)
        with client:
            commit = client.get_repo(repository_id).get_commit(notice.commit)
            if self._options.statuses:
                try:
                    with classified(f"set the commit status of {place}", self._table):
                        self._set_status(commit, notice)
                except Permanent as refusal:
                    refusals.append(refusal)
            if self._options.comments:
                with classified(f"comment on {place}", self._table):
                    address = self._comment(commit, notice)
        if refusals:
            raise refusals[0]
        return address or notice.status_url

    def _set_status(self, commit: Commit, notice: Notice) -> None:
        context = self._options.context
        wanted = (wording(notice).state, notice.status_url, description(notice))
        newest = next((status for status in commit.get_statuses() if status.context == context), None)
        if newest is None or (newest.state, newest.target_url, newest.description) != wanted:
            state, address, text = wanted
            commit.create_status(state, target_url=address, description=text, context=context)

    def _comment(self, commit: Commit, notice: Notice) -> str:
        told = self._told(commit, notice)
        if not told:
            commit.create_comment(comment(notice))
            told = self._told(commit, notice)
        if not told:
            raise Permanent(
                "github.comment-vanished",
                f"A comment on {notice.repository.full_name}@{notice.commit} was posted and is not there.",
                f"Check that the account of {self._table} is not hidden or suspended on GitHub.",
            )
        oldest, *doubles = told
        for double in doubles:
            self._remove(double)
        return oldest.html_url

    def _told(self, commit: Commit, notice: Notice) -> list[CommitComment]:
        login, first_line = self._account.login(), marker(notice)
        ours = [each for each in commit.get_comments() if each.user and each.user.login == login]
        return sorted((each for each in ours if each.body.startswith(first_line)), key=lambda each: each.id)

    def _remove(self, double: CommitComment) -> None:
        try:
            double.delete()
        except UnknownObjectException:
            log.debug("notify_github.double_already_removed", comment=double.id)
        except GithubException as error:
            if error.status != 403:  # noqa: PLR2004
                raise
            log.warning("notify_github.double_left", comment=double.id, reason="no permission to delete comments")


def create(options: GitHubNotifierOptions, context: Context) -> GitHubNotifier:
    """Make the notifier of one table."""
    return GitHubNotifier(account(options), options, f"[notifier.{context.name}]")


def _repository_id(notice: Notice) -> int:
    if notice.repository.id.isdecimal():
        return int(notice.repository.id)
    raise Permanent(
        "notice.not-on-github",
        f"{notice.repository.full_name} of source {notice.repository.source!r} has the id {notice.repository.id!r}, "
        "which is no number, so it is not a repository on GitHub.",
        "Nothing is to be done: its developers see the release's page.",
    )
