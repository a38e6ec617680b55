"""Asks a forge whether releases would arrive: who we are there, whether owners can be read, and where webhooks lead to.

The forge describes what is asked at `/api/swagger`. It tells of no deliveries, and never of a webhook's secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import msgspec

from aslo_core.api import Permanent, Probed, WantedWebhook, Webhook, code_host
from aslo_source_forgejo.connection import Connection, Denied, Peer
from aslo_source_forgejo.forge_api import Api
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.payload import AccountPart, RepositoryPart

_UNAUTHORISED = 401
_MOST_HOOKS = 50
_ELSEWHERE = Permanent("source.repository-missing", "The forge shows nothing there.", "Check that it exists.")


class _Version(msgspec.Struct, frozen=True):
    version: Annotated[str, msgspec.Meta(max_length=200)]


class _HookConfig(msgspec.Struct, frozen=True):
    url: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    content_type: str = ""


class _Hook(msgspec.Struct, frozen=True):
    config: _HookConfig
    active: bool
    events: tuple[str, ...]


class _Organisation(msgspec.Struct, frozen=True):
    id: int


class ForgeProbe:
    """Asks one forge, with the token and without it.

    Args:
        options: the source's table.
        peer: the forge.
        wanted: what its webhooks have to be.
    """

    def __init__(self, options: ForgejoSourceOptions, peer: Peer, wanted: WantedWebhook) -> None:
        self._options = options
        self._peer = peer
        self._wanted = wanted

    def run(self) -> Iterator[Probed]:
        """Ask about everything that the source needs.

        Raises:
            Transient: the forge cannot be reached.
        """
        with Connection(self._peer) as connection, Connection(replace(self._peer, token=None)) as stranger:
            ours, theirs = Api(connection, self._options.timeout_seconds), Api(stranger, self._options.timeout_seconds)
            yield self._forge(theirs)
            if self._peer.token is not None:
                account = _account(ours)
                yield account
                if account.verdict == "bad":
                    return
            for owner in self._options.owners:
                yield from self._owner(ours, theirs, owner)

    def _forge(self, host: Api) -> Probed:
        try:
            version = host.get("/version", "ask for the version", _ELSEWHERE, _Version).version
        except Denied:
            return Probed.unknown("forge", "it shows itself to those alone who sign in")
        except Permanent:
            return Probed.bad("forge", "what answers is no Forgejo or Gitea", "write the address of the forge's pages as url")
        return Probed.good("forge", f"version {version}")

    def _owner(self, ours: Api, theirs: Api, owner: str) -> Iterator[Probed]:
        if owner == code_host.EVERYBODY:
            yield code_host.WEBHOOK_OF_EVERYBODY
            return
        what = f"owner {owner}"
        try:
            repositories = _either(
                ours, theirs, f"/users/{owner}/repos?limit={code_host.MOST_REPOSITORIES}", tuple[RepositoryPart, ...]
            )
        except Permanent:
            yield Probed.bad(
                what, "the forge shows no such account", "mend owners, or give the token of an account that sees it"
            )
            return
        except Denied as denied:
            yield Probed.unknown(what, str(denied), "give a token with read:user and read:repository")
            return
        yield Probed.good(what, f"{len(repositories)} repositories were looked at")
        if self._peer.token is None:
            needed = "give a token that may read webhooks, or look at their recent deliveries on the forge"
            yield Probed.unknown(f"webhook of {owner}", "a forge shows webhooks to those alone who sign in", needed)
        else:
            yield self._webhook_of(ours, theirs, owner, repositories)

    def _webhook_of(self, ours: Api, theirs: Api, owner: str, repositories: tuple[RepositoryPart, ...]) -> Probed:
        whole = _hooks(ours, f"/orgs/{owner}/hooks", f"the organisation {owner}")
        if whole is None and not _is_organisation(theirs, owner):
            whole = []
        names = [repository.full_name for repository in repositories]
        return code_host.webhook_of(
            owner,
            self._wanted,
            whole,
            (_hooks(ours, f"/repos/{name}/hooks", name) for name in names),
            whole_needs="the token needs read:organization and its account to be an owner",
            repositories_need="the token's account has to administer them",
            beyond=f"the first {code_host.MOST_REPOSITORIES}",
        )


def _account(host: Api) -> Probed:
    try:
        return Probed.good("account", host.get("/user", "ask who we are", _ELSEWHERE, AccountPart).name)
    except Denied as denied:
        if denied.status == _UNAUTHORISED:
            return Probed.bad("account", str(denied), "give a token that was not deleted")
        return Probed.unknown("account", "the forge does not tell whose token it is", "that takes the scope read:user")


def _either(ours: Api, theirs: Api, path: str, kind: type[tuple[RepositoryPart, ...]]) -> tuple[RepositoryPart, ...]:
    """What the token may not see by its scopes, everybody may see."""
    attempt = f"look at {path.partition('?')[0]}"
    try:
        return ours.get(path, attempt, _ELSEWHERE, kind)
    except Denied:
        return theirs.get(path, attempt, _ELSEWHERE, kind)


def _is_organisation(host: Api, owner: str) -> bool:
    """Whether it is one, or may be one that is hidden."""
    try:
        host.get(f"/orgs/{owner}", f"look up the organisation {owner}", _ELSEWHERE, _Organisation)
    except Permanent:
        return False
    except Denied:
        return True
    return True


def _hooks(host: Api, path: str, place: str) -> list[Webhook] | None:
    """The webhooks at a path, none where there is no such place; None where the forge does not show them."""
    try:
        told = host.get(f"{path}?limit={_MOST_HOOKS}", f"look at the webhooks of {place}", _ELSEWHERE, tuple[_Hook, ...])
    except Denied:
        return None
    except Permanent:
        return []
    return [Webhook(place, each.config.url, each.active, each.events, each.config.content_type) for each in told]
