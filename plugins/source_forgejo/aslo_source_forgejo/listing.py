"""Which releases a forge has, asked of it: `/api/swagger` of any forge."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aslo_core.api import Permanent, Repository, code_host, payloads
from aslo_source_forgejo.announcement import Wording
from aslo_source_forgejo.connection import Denied
from aslo_source_forgejo.forge_api import Api
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.payload import ReleasePart, RepositoryPart

_PER_PAGE = 50
_MOST_PAGES = 20
_GONE = Permanent("source.repository-missing", "The forge shows nothing there.", "Check that it exists.")


def list_releases(
    ours: Api, theirs: Api, options: ForgejoSourceOptions, wording: Wording, known: Collection[Repository]
) -> Iterator[code_host.Release]:
    """Give the newest releases of each repository that `ListsReleases.recent` is to look at.

    Args:
        ours: asked with the token.
        theirs: asked without it, for what everybody may see and the token's scopes do not let it.
        options: the source's table.
        wording: how things are named.
        known: repositories that were heard of before.
    """
    seen = set[int]()
    for part in _repositories(ours, theirs, options, known):
        if part.id in seen or not options.allows(part.owner.name):
            continue
        seen.add(part.id)
        path = f"/repos/{part.full_name}/releases?draft=false&limit={_PER_PAGE}"
        try:
            releases = ours.get(path, f"list the releases of {part.full_name}", _GONE, tuple[object, ...])
        except Permanent:  # it went meanwhile, or has no releases
            continue
        repository = wording.repository(part)
        for release in payloads.readable(releases, ReleasePart):
            yield wording.release(repository, release, wording.person(part.owner))


def _repositories(
    ours: Api, theirs: Api, options: ForgejoSourceOptions, known: Collection[Repository]
) -> Iterator[RepositoryPart]:
    listed = set[str]()
    for owner in options.owners:
        if owner != code_host.EVERYBODY:
            for part in _repositories_of(ours, theirs, owner):
                listed.add(str(part.id))
                yield part
    for repository in known:
        if repository.id not in listed:
            attempt = f"look up repository {repository.id}"
            try:
                yield ours.get(f"/repositories/{int(repository.id)}", attempt, _GONE, RepositoryPart)
            except Permanent:
                continue


def _repositories_of(ours: Api, theirs: Api, owner: str) -> Iterator[RepositoryPart]:
    api = ours
    for page in range(1, _MOST_PAGES + 1):
        path, attempt = f"/users/{owner}/repos?limit={_PER_PAGE}&page={page}", f"list the repositories of {owner}"
        try:
            try:
                found = api.get(path, attempt, _GONE, tuple[object, ...])
            except Denied:  # listing takes the scope read:user as well
                api = theirs
                found = api.get(path, attempt, _GONE, tuple[object, ...])
        except Permanent:
            return
        yield from payloads.readable(found, RepositoryPart)
        if not found:
            return
