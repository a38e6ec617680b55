"""Tells a notice on GitHub, once, however often and from however many places it is tried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aslo_github_account import Account, account_of, client, probe_account
from github.Commit import Commit

from aslo_core.api import ConfigProblem, Context, Notice, Permanent, Probed, Templates, failpoint
from aslo_notify_github.comments import post_once
from aslo_notify_github.failures import CREDENTIALS_REFUSED, classified
from aslo_notify_github.options import GitHubNotifierOptions, needs
from aslo_notify_github.wording import MARKDOWN, description, state

SHIPPED = Path(__file__).parent / "templates"


class GitHubNotifier:
    """Comments on the tag's commit and sets its commit status.

    Args:
        account: who comments.
        options: what is told, and how.
        templates: give the texts.
        table: table of the configuration, for cures.
    """

    def __init__(self, account: Account, options: GitHubNotifierOptions, templates: Templates, table: str) -> None:
        self._account = account
        self._options = options
        self._templates = templates
        self._table = table

    def notify(self, notice: Notice) -> str:
        """Tell one notice; see `aslo_core.api.Notifier`.

        Where the status is refused, the comment is made all the same before the refusal is raised. A token that is refused is
        replaced once: that of an App ends when the App is taken away, though it is back.
        """
        try:
            return self._tell(notice)
        except Permanent as refusal:
            if refusal.rule != CREDENTIALS_REFUSED or not self._account.forget(notice.repository.owner):
                raise
            return self._tell(notice)

    def _tell(self, notice: Notice) -> str:
        repository_id = _repository_id(notice)
        place = f"{notice.repository.full_name}@{_commit(notice)[:12]}"
        with classified(f"sign in to GitHub for {place}", self._table):
            token = self._account.token(notice.repository.owner, notice.repository.name)
        with client(self._options, token) as connected:
            with classified(f"sign in to GitHub for {place}", self._table):
                account_id = self._account.user_id(connected)
            commit = connected.get_repo(repository_id).get_commit(notice.commit)
            refusal = self._try_status(commit, notice, place) if self._options.statuses else None
            address = notice.status_url
            if self._options.comments:
                with classified(f"comment on {place}", self._table):
                    address = post_once(commit, notice, self._templates, account_id)
        if refusal is not None:
            raise refusal
        return address

    def template_problems(self) -> Iterable[ConfigProblem]:
        """Say what is wrong with the templates; see `aslo_core.api.Templated`."""
        return self._templates.problems()

    def probe(self) -> Iterable[Probed]:
        """Ask GitHub what the account may do; see `aslo_core.api.Probes`."""
        return probe_account(self._options, needs(self._options))

    def send_test(self) -> Probed:
        """Say that there is nothing to comment on; see `aslo_core.api.SendsTest`."""
        found = "nothing was sent: notices are comments on the commit of a release, and a test has none"
        return Probed.unknown("test notice", found, "publish a pre-release of a repository of your own")

    def _try_status(self, commit: Commit, notice: Notice, place: str) -> Permanent | None:
        try:
            with classified(f"set the commit status of {place}", self._table):
                _set_status(commit, notice, self._templates, self._options.context)
        except Permanent as refusal:
            return refusal
        return None


def create(options: GitHubNotifierOptions, context: Context) -> GitHubNotifier:
    """Make the notifier of one table."""
    templates = Templates(SHIPPED, options.replaced(context), {".md": MARKDOWN})
    return GitHubNotifier(account_of(options), options, templates, f"[notifier.{context.name}]")


def _set_status(commit: Commit, notice: Notice, templates: Templates, context: str) -> None:
    wanted = (state(notice), notice.status_url, description(notice, templates))
    newest = next((status for status in commit.get_statuses() if status.context == context), None)
    if newest is None or (newest.state, newest.target_url, newest.description) != wanted:
        name, address, text = wanted
        failpoint("notify_github.status.before")
        commit.create_status(name, target_url=address, description=text, context=context)
        failpoint("notify_github.status.after")


def _repository_id(notice: Notice) -> int:
    if notice.repository.id.isdecimal():
        return int(notice.repository.id)
    raise Permanent(
        "notice.not-on-github",
        f"{notice.repository.full_name} of source {notice.repository.source!r} has the id {notice.repository.id!r}, "
        "which is no number, so it is not a repository on GitHub.",
        "Nothing is to be done: its developers see the release's page.",
    )


def _commit(notice: Notice) -> str:
    if notice.commit:
        return notice.commit
    raise Permanent(
        "notice.commit-unknown",
        f"Release {notice.tag!r} of {notice.repository.full_name} ended before its commit was known, so there is none to"
        " comment on.",
        "Nothing is to be done: its page tells the reason.",
    )
