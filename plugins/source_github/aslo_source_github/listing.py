"""Which releases GitHub has, whatever it told of them.

https://docs.github.com/en/rest/releases/releases#list-releases, /apps/installations, /repos/repos
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
from aslo_github_account import Account, AppAccount, Refused, ask_if_shown, client, installations
from github.Requester import Requester

from aslo_core.api import Permanent, Repository, Secret, Transient, code_host, payloads
from aslo_source_github.announcement import Wording
from aslo_source_github.failures import classified
from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.owners import Owner
from aslo_source_github.payload import AccountPart, ReleasePart, RepositoryPart

_PER_PAGE = 100
_MOST_PAGES = 100
_GONE = Permanent("source.app-not-installed", "The App is installed there no more.", "Install it again.")


class _Installed(msgspec.Struct, frozen=True):
    repositories: tuple[object, ...]


def list_releases(
    account: Account, options: GitHubSourceOptions, wording: Wording, known: Collection[Repository]
) -> Iterator[code_host.Release]:
    """Give the newest releases of each repository that `ListsReleases.recent` is to look at.

    Args:
        account: who reads them; an App reads those of its installations.
        options: the source's table.
        wording: how things are named.
        known: repositories that were heard of before.
    """
    seen = set[int]()
    if isinstance(account, AppAccount):
        reached = _of_installations(account, options)
    else:
        reached = _of_owners(account.token("", ""), options, {repository.id for repository in known})
    for requester, part in reached:
        if part.id in seen or not options.allows(part.owner.login):
            continue
        seen.add(part.id)
        answer = ask_if_shown(requester, f"/repositories/{part.id}/releases?per_page={_PER_PAGE}", tuple[object, ...])
        repository = wording.repository(part)
        for release in payloads.readable(answer.said if answer else (), ReleasePart):
            yield wording.release(repository, release, wording.person(part.owner))


def _of_installations(account: AppAccount, options: GitHubSourceOptions) -> Iterator[tuple[Requester, RepositoryPart]]:
    try:
        installed = installations(account)
    except Refused as refused:
        found = f"list the App's installations: {refused.found}; {refused.cure}"
        raise Transient(found, retry_after=refused.retry_after) from refused
    for each in installed:
        if each.suspended_at or not options.allows(each.account.login):
            continue
        try:
            with classified(f"get a token for {each.account.login}", _GONE):
                token = account.token_of(each.account.login, each.id)
        except Permanent:  # it was taken away meanwhile
            continue
        with client(options, token) as connected:
            for page in range(1, _MOST_PAGES + 1):
                path = f"/installation/repositories?per_page={_PER_PAGE}&page={page}"
                answer = ask_if_shown(connected.requester, path, _Installed)
                some = answer.said.repositories if answer else ()
                yield from ((connected.requester, part) for part in payloads.readable(some, RepositoryPart))
                if len(some) < _PER_PAGE:
                    break
            else:
                raise _too_many(each.account.login)


def _of_owners(
    token: Secret | None, options: GitHubSourceOptions, known: Collection[str]
) -> Iterator[tuple[Requester, RepositoryPart]]:
    listed = set[str]()
    with client(options, token) as connected:
        requester = connected.requester
        own = ask_if_shown(requester, "/user", AccountPart) if token is not None else None
        for login in options.owners:
            owner = None if login == code_host.EVERYBODY else ask_if_shown(requester, f"/users/{login}", Owner)
            for part in _of_owner(requester, owner.said, own.said.login if own else "") if owner else ():
                listed.add(str(part.id))
                yield requester, part
        for repository_id in known:
            if repository_id not in listed:
                answer = ask_if_shown(requester, f"/repositories/{int(repository_id)}", RepositoryPart)
                if answer:
                    yield requester, answer.said


def _of_owner(requester: Requester, owner: Owner, own_login: str) -> Iterator[RepositoryPart]:
    for page in range(1, _MOST_PAGES + 1):
        path = owner.repositories(f"per_page={_PER_PAGE}&page={page}", own=owner.login == own_login)
        answer = ask_if_shown(requester, path, tuple[object, ...])
        some = answer.said if answer else ()
        yield from payloads.readable(some, RepositoryPart)
        if len(some) < _PER_PAGE:
            return
    raise _too_many(owner.login)


def _too_many(login: str) -> Transient:
    return Transient(
        f"list the repositories of {login}: there are more than {_MOST_PAGES * _PER_PAGE:,}, and the others were not asked for"
    )
