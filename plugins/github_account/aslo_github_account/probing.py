"""Asks GitHub who we are there and what we may do.

https://docs.github.com/en/rest/apps/apps, /users/users, /rate-limit/rate-limit;
https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from github import Github

from aslo_core.api import Probed, Secret
from aslo_github_account.account import AppAccount, account_of, client
from aslo_github_account.asking import Answer, Refused, ask
from aslo_github_account.options import AccountOptions

_LEVELS = {"read": 1, "write": 2, "admin": 3}
_MOST_PAGES = 10
_PER_PAGE = 100
_MOST_NAMED = 3


@dataclass(frozen=True)
class Needs:
    """What an account needs for a task.

    Attributes:
        permissions: of an App: permission → `read` or `write`.
        scopes: of a classic token: it needs one of each of these groups.
    """

    permissions: Mapping[str, str]
    scopes: Sequence[Collection[str]] = ()


class _Login(msgspec.Struct, frozen=True):
    login: str


class _Limit(msgspec.Struct, frozen=True):
    limit: int
    remaining: int


class _Limits(msgspec.Struct, frozen=True):
    rate: _Limit


class _App(msgspec.Struct, frozen=True):
    slug: str
    permissions: dict[str, str]


class Installation(msgspec.Struct, frozen=True):
    """An App on an account's repositories; its permissions are those that the account has agreed to."""

    id: int
    account: _Login
    permissions: dict[str, str]
    suspended_at: Annotated[str, msgspec.Meta(max_length=100)] | None = None


def probe_account(options: AccountOptions, needs: Needs) -> Iterator[Probed]:
    """Ask whether GitHub knows us, how much we may still ask, and whether we may do what is needed."""
    account = account_of(options)
    if isinstance(account, AppAccount):
        yield from _probe_app(account, needs)
        return
    with client(options, options.token and Secret(options.token.get_secret_value().strip())) as connected:
        try:
            if options.token is not None:
                user = ask(connected.requester, "/user", _Login)
                yield Probed.good("account", f"{user.said.login}{_expiry(user)}")
                yield from _scopes(user, needs)
            yield _rate(connected, signed_in=options.token is not None)
        except Refused as refused:
            yield refused.probed("account")


def installations(account: AppAccount) -> list[Installation]:
    """Every installation of an App.

    Raises:
        Refused: GitHub does not tell.
    """
    found: list[Installation] = []
    with account.integration() as integration:
        for page in range(1, _MOST_PAGES + 1):
            path = f"/app/installations?per_page={_PER_PAGE}&page={page}"
            some = ask(integration.requester, path, tuple[Installation, ...]).said
            found.extend(some)
            if len(some) < _PER_PAGE:
                break
    return found


def lacking(granted: Mapping[str, str], needed: Mapping[str, str]) -> str:
    """Name the permissions that are not granted, as GitHub's settings do; empty where all are."""
    missing = [name for name, level in needed.items() if _LEVELS.get(granted.get(name, ""), 0) < _LEVELS[level]]
    return ", ".join(f"{name}: {needed[name]}" for name in missing)


def _probe_app(account: AppAccount, needs: Needs) -> Iterator[Probed]:
    try:
        with account.integration() as integration:
            app = ask(integration.requester, "/app", _App).said
        installed = installations(account)
    except Refused as refused:
        yield refused.probed("account")
        return
    yield Probed.good("account", f"the App {app.slug}")
    if wanting := lacking(app.permissions, needs.permissions):
        cure = "add them in the App's settings, and have each owner agree"
        yield Probed.bad("permissions", f"the App lacks {wanting}", cure)
    else:
        yield Probed.good("permissions", "the App has those that are needed")
    yield _installed(installed, needs)


def _installed(installed: Sequence[Installation], needs: Needs) -> Probed:
    if not installed:
        return Probed.bad("installations", "the App is installed on no account", "install it on the developers' repositories")
    behind = [each.account.login for each in installed if each.suspended_at or lacking(each.permissions, needs.permissions)]
    if behind:
        some = ", ".join(behind[:_MOST_NAMED]) + (", …" if len(behind) > _MOST_NAMED else "")
        found = f"{len(behind)} of {len(installed)} accounts have suspended the App or not agreed to its permissions: {some}"
        return Probed.bad("installations", found, "ask their owners to agree, in Settings → Applications on GitHub")
    return Probed.good("installations", f"the App is installed on {len(installed)} account{'s' * (len(installed) > 1)}")


def _scopes(user: Answer[_Login], needs: Needs) -> Iterator[Probed]:
    if not needs.scopes:
        return
    told = user.headers.get("x-oauth-scopes")
    if told is None:
        needed = ", ".join(f"{name}: {level}" for name, level in needs.permissions.items())
        cure = f"look in the settings of the token's owner whether it has {needed}"
        yield Probed.unknown("permissions", "GitHub does not tell what a fine-grained token may do", cure)
        return
    has = {scope.strip() for scope in told.split(",")}
    wanting = [" or ".join(sorted(group)) for group in needs.scopes if not has & set(group)]
    if wanting:
        found = f"the token has the scopes {told.strip() or 'none'}"
        yield Probed.bad("permissions", found, f"give one that also has {' and '.join(wanting)}")
    else:
        yield Probed.good("permissions", f"the token has the scopes {told.strip()}")


def _expiry(user: Answer[_Login]) -> str:
    ends = user.headers.get("github-authentication-token-expiration")
    return f", with a token until {ends}" if ends else ""


def _rate(connected: Github, *, signed_in: bool) -> Probed:
    try:
        rate = ask(connected.requester, "/rate_limit", _Limits).said.rate
    except Refused as refused:
        if refused.hidden:  # a GitHub of one's own need not have any
            return Probed.unknown("requests left", "this GitHub tells of no limit")
        raise
    found = f"{rate.remaining:,} of {rate.limit:,} in this hour{'' if signed_in else ', without signing in'}"
    if not rate.remaining:
        return Probed.bad("requests left", found, "wait for the next hour; a token or an App may ask more")
    return Probed.good("requests left", found)
