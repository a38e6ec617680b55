"""Asks GitHub whether releases would arrive: who we are, whether owners can be read, and where webhooks lead to.

https://docs.github.com/en/rest/apps/webhooks, /orgs/webhooks, /repos/webhooks. GitHub shows no webhook's secret; that it is
another one shows in the answer to the last delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from aslo_github_account import (
    AppAccount,
    Installation,
    Needs,
    Refused,
    account_of,
    ask,
    client,
    installations,
    lacking,
    probe_account,
)
from github.Requester import Requester

from aslo_core.api import Probed, Secret, WantedWebhook, Webhook, code_host, judge_webhooks, points_here
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.owners import Owner

EVENT = "release"
_PERMISSIONS = {"contents": "read", "metadata": "read"}

Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class _Repository(msgspec.Struct, frozen=True):
    full_name: str


class _HookConfig(msgspec.Struct, frozen=True):
    url: Text | None = None
    content_type: str | None = None


class _Hook(msgspec.Struct, frozen=True):
    id: int
    config: _HookConfig
    active: bool
    events: tuple[str, ...]


class _HookDelivery(msgspec.Struct, frozen=True):
    status_code: int


class _AppEvents(msgspec.Struct, frozen=True):
    slug: str
    events: tuple[str, ...] = ()


def probe_source(options: GitHubSourceOptions, addresses: Sequence[str]) -> Iterator[Probed]:
    """Ask about everything that a source needs of GitHub.

    Args:
        options: the source's table.
        addresses: at which its webhooks are taken.
    """
    wanted = WantedWebhook(addresses, EVENT, ("json", "form"))
    account = account_of(options)
    yield from probe_account(options, Needs(_PERMISSIONS))
    if isinstance(account, AppAccount):
        yield from _probe_app(account, options, wanted)
        return
    with client(options, options.token and Secret(options.token.get_secret_value().strip())) as connected:
        for owner in options.owners:
            yield from _probe_owner(connected.requester, owner, wanted, signed_in=options.token is not None)


def _probe_app(account: AppAccount, options: GitHubSourceOptions, wanted: WantedWebhook) -> Iterator[Probed]:
    try:
        by_owner = {each.account.login.lower(): each for each in installations(account)}
    except Refused:
        return  # which the account's own probe has told
    for owner in options.owners:
        if owner != code_host.EVERYBODY:
            yield _installed(owner, by_owner.get(owner.lower()))
    try:
        with account.integration() as integration:
            yield _app_webhook(integration.requester, wanted)
    except Refused as refused:
        yield refused.probed("webhook")


def _installed(owner: str, found: Installation | None) -> Probed:
    what = f"owner {owner}"
    if found is None:
        return Probed.bad(
            what, "the App is not installed there", f"have {owner} install it on its repositories, or mend owners"
        )
    if found.suspended_at:
        return Probed.bad(what, "the App is suspended there", f"ask {owner} to let it in again")
    if wanting := lacking(found.permissions, _PERMISSIONS):
        return Probed.bad(what, f"the App lacks {wanting} there", f"ask {owner} to agree to the App's permissions")
    return Probed.good(what, "the App may read its repositories")


def _app_webhook(requester: Requester, wanted: WantedWebhook) -> Probed:
    app = ask(requester, "/app", _AppEvents).said
    unseen = "webhooks of organisations and repositories are not shown to an App"
    try:
        config = ask(requester, "/app/hook/config", _HookConfig).said
    except Refused as refused:
        if not refused.hidden:
            raise
        config = _HookConfig()
    if not config.url:
        return judge_webhooks("webhook", (), wanted, f"the App has none, and {unseen}")
    answered = _answered(requester, "/app/hook/deliveries?per_page=1")
    hook = Webhook(f"the App {app.slug}", config.url, True, app.events, config.content_type or "form", answered)
    return judge_webhooks("webhook", (hook,), wanted, "" if points_here(hook, wanted) else unseen)


def _probe_owner(requester: Requester, owner: str, wanted: WantedWebhook, *, signed_in: bool) -> Iterator[Probed]:
    if owner == code_host.EVERYBODY:
        yield code_host.WEBHOOK_OF_EVERYBODY
        return
    try:
        account = ask(requester, f"/users/{owner}", Owner).said
    except Refused as refused:
        cure = "mend owners, or let the token's account see it" if refused.hidden else refused.cure
        yield Probed.bad(f"owner {owner}", refused.found, cure)
        return
    yield Probed.good(f"owner {owner}", "an organisation" if account.is_organisation else "an account")
    if not signed_in:
        needed = "give a token that may read webhooks, or look at their recent deliveries on GitHub"
        yield Probed.unknown(f"webhook of {owner}", "GitHub shows webhooks to those alone who sign in", needed)
        return
    try:
        yield _webhook_of(requester, account, wanted)
    except Refused as refused:
        yield refused.probed(f"webhook of {owner}")


def _webhook_of(requester: Requester, owner: Owner, wanted: WantedWebhook) -> Probed:
    whole: list[Webhook] | None = []
    if owner.is_organisation:
        whole = _hooks(requester, f"/orgs/{owner.login}/hooks", f"the organisation {owner.login}", wanted)
    return code_host.webhook_of(
        owner.login,
        wanted,
        whole,
        _of_repositories(requester, owner, wanted),
        whole_needs="the token needs admin:org_hook or, fine-grained, Webhooks: read",
        repositories_need="the token needs admin:repo_hook or, fine-grained, Webhooks: read",
        beyond=f"the {code_host.MOST_REPOSITORIES} with the newest pushes",
    )


def _of_repositories(requester: Requester, owner: Owner, wanted: WantedWebhook) -> Iterator[list[Webhook] | None]:
    for repository in _repositories(requester, owner):
        yield _hooks(requester, f"/repos/{repository.full_name}/hooks", repository.full_name, wanted)


def _repositories(requester: Requester, owner: Owner) -> tuple[_Repository, ...]:
    """Those with the newest pushes, private ones as well where we may see their webhooks: nobody administers another's."""
    own = not owner.is_organisation and ask(requester, "/user", Owner).said.login == owner.login
    path = owner.repositories(f"sort=pushed&per_page={code_host.MOST_REPOSITORIES}", own=own)
    return ask(requester, path, tuple[_Repository, ...]).said


def _hooks(requester: Requester, path: str, place: str, wanted: WantedWebhook) -> list[Webhook] | None:
    """The webhooks at a path, with the last answer of those that point here; None where GitHub does not show them."""
    try:
        told = ask(requester, f"{path}?per_page=100", tuple[_Hook, ...]).said
    except Refused as refused:
        if refused.hidden:
            return None
        raise
    hooks = []
    for each in told:
        hook = Webhook(place, each.config.url or "", each.active, each.events, each.config.content_type or "form")
        if points_here(hook, wanted):
            answered = _answered(requester, f"{path}/{each.id}/deliveries?per_page=1")
            hook = Webhook(hook.place, hook.url, hook.active, hook.events, hook.content_type, answered)
        hooks.append(hook)
    return hooks


def _answered(requester: Requester, path: str) -> int | None:
    """What the last delivery was answered with, as far as GitHub tells."""
    try:
        deliveries = ask(requester, path, tuple[_HookDelivery, ...]).said
    except Refused as refused:
        if refused.hidden:
            return None
        raise
    return deliveries[0].status_code if deliveries else None
