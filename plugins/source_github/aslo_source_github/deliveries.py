"""Deliveries that nobody took, as GitHub keeps them for some days. It delivers nothing again by itself.

https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries,
https://docs.github.com/en/rest/apps/webhooks, /orgs/webhooks, /repos/webhooks
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aslo_github_account import Account, AppAccount, ask_if_shown, client
from github.Requester import Requester

from aslo_core.api import Announced, Transient, Undelivered, Withdrawn, code_host, payloads
from aslo_source_github.announcement import Wording
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.owners import Owner
from aslo_source_github.payload import AccountPart, ReleaseEvent, RepositoryPart
from aslo_source_github.verdict import judge_event

_MOST_PAGES = 100
_TOO_MANY = 429
_FAILED = 500
_NEXT = re.compile(r"[?&]cursor=([A-Za-z0-9_%.=-]{1,200})[^>]*>; rel=\"next\"")

Guid = Annotated[str, msgspec.Meta(max_length=100)]


class _Config(msgspec.Struct, frozen=True):
    url: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None


class _Hook(msgspec.Struct, frozen=True):
    id: int
    config: _Config


class _Tried(msgspec.Struct, frozen=True):
    """One attempt; `status_code` is 0 where nobody answered. Attempts of one delivery have one `guid`."""

    id: int
    guid: Guid
    delivered_at: datetime
    status_code: int
    event: str

    @property
    def was_heard(self) -> bool:
        """Whether ASLO itself answered: what it refused it would refuse again."""
        return 0 < self.status_code < _FAILED and self.status_code != _TOO_MANY


class _Request(msgspec.Struct, frozen=True):
    payload: object


class _Delivery(msgspec.Struct, frozen=True):
    request: _Request


def list_undelivered(
    account: Account, options: GitHubSourceOptions, wording: Wording, addresses: Sequence[str], since_us: int
) -> Iterator[Undelivered]:
    """Give what `ListsDeliveries.undelivered` is to give.

    Looked at are the webhook of the App, or those that the token may see: of the owners, and of their repositories with
    the newest pushes; as far as they point here.

    Args:
        account: who asks.
        options: the source's table.
        wording: how things are named.
        addresses: at which webhooks are taken.
        since_us: when they were tried at the earliest, in microseconds since 1970.
    """
    if isinstance(account, AppAccount):
        with account.integration() as integration:
            config = ask_if_shown(integration.requester, "/app/hook/config", _Config)
            if config and _points_here(config.said, addresses):
                yield from _of_hook(integration.requester, "/app/hook", options, wording, since_us)
        return
    token = account.token("", "")
    if token is None:
        return  # GitHub shows webhooks to those alone who sign in
    with client(options, token) as connected:
        for place in _places(connected.requester, options.owners):
            hooks = ask_if_shown(connected.requester, f"{place}/hooks?per_page=100", tuple[_Hook, ...])
            for hook in hooks.said if hooks else ():
                if _points_here(hook.config, addresses):
                    yield from _of_hook(connected.requester, f"{place}/hooks/{hook.id}", options, wording, since_us)


def _points_here(config: _Config, addresses: Sequence[str]) -> bool:
    return (config.url or "").rstrip("/") in addresses


def _places(requester: Requester, owners: Sequence[str]) -> Iterator[str]:
    own = ask_if_shown(requester, "/user", AccountPart)
    for login in owners:
        answer = None if login == code_host.EVERYBODY else ask_if_shown(requester, f"/users/{login}", Owner)
        if answer is None:
            continue
        owner = answer.said
        if owner.is_organisation:
            yield f"/orgs/{owner.login}"
        newest = f"sort=pushed&per_page={code_host.MOST_REPOSITORIES}"
        path = owner.repositories(newest, own=own is not None and own.said.login == owner.login)
        repositories = ask_if_shown(requester, path, tuple[RepositoryPart, ...])
        yield from (f"/repos/{each.owner.login}/{each.name}" for each in (repositories.said if repositories else ()))


def _of_hook(
    requester: Requester, hook: str, options: GitHubSourceOptions, wording: Wording, since_us: int
) -> Iterator[Undelivered]:
    newest: dict[str, _Tried] = {}
    oldest: dict[str, _Tried] = {}
    heard = set[str]()
    attempts, are_all = _attempts(requester, hook, since_us)
    for tried in attempts:
        if tried.event == "release":
            newest.setdefault(tried.guid, tried)
            oldest[tried.guid] = tried
            if tried.was_heard:
                heard.add(tried.guid)
    for guid, tried in reversed(newest.items()):
        answer = None if guid in heard else ask_if_shown(requester, f"{hook}/deliveries/{tried.id}", _Delivery)
        if answer is None:
            continue
        try:
            event = payloads.convert(answer.said.request.payload, ReleaseEvent)
        except payloads.Malformed:  # it would be refused if it came
            continue
        verdict = judge_event(code_host.delivery_id(guid, guid.encode()), event, options, wording)
        if isinstance(verdict, Announced | Withdrawn):
            yield Undelivered(verdict, code_host.microseconds(oldest[guid].delivered_at) or 0)
    if not are_all:
        raise Transient(f"list {hook}/deliveries: there are more than {len(attempts):,}, and older ones were not asked for")


def _attempts(requester: Requester, hook: str, since_us: int) -> tuple[list[_Tried], bool]:
    """The attempts to deliver, newest first, and whether these are all of that time."""
    path = f"{hook}/deliveries?per_page=100"
    following, found = path, list[_Tried]()
    for _ in range(_MOST_PAGES):
        answer = ask_if_shown(requester, following, tuple[_Tried, ...])
        for tried in answer.said if answer else ():
            if (code_host.microseconds(tried.delivered_at) or 0) < since_us:
                return found, True
            found.append(tried)
        more = _NEXT.search(answer.headers.get("link", "")) if answer else None
        if more is None:
            return found, True
        following = f"{path}&cursor={more[1]}"
    return found, False
