"""What a source tells of a release."""

from __future__ import annotations

from aslo_core.types.value import Value


class Person(Value):
    """Somebody on a code host.

    Attributes:
        login: name of the account.
        url: address of the public profile, or empty.
        avatar_url: address of a picture, or empty.
    """

    login: str
    url: str = ""
    avatar_url: str = ""


class Repository(Value):
    """A repository, named by what never changes (source and id) and by what is shown (owner and name).

    Attributes:
        source: name of the source's instance in `aslo.toml`.
        id: the host's own id; names change and are reused, ids are not.
        owner: account that the repository belongs to at the time.
        name: its name at the time; empty where only its id is left, since the rest was erased.
        url: address of its page for people, or empty.
    """

    source: str
    id: str
    owner: str
    name: str
    url: str = ""

    @property
    def full_name(self) -> str:
        """`owner/name`, as people write it; the id where the name was erased."""
        return f"{self.owner}/{self.name}" if self.owner else self.name or self.id


class Asset(Value):
    """A file attached to a release, as its host names it. Its address is built by the source, never taken from here.

    Attributes:
        id: the host's id of the file.
        name: file name as given by the developer: untrusted.
        size: size that the host states.
    """

    id: str
    name: str
    size: int


class Announcement(Value):
    """A release as its source announced it. Nothing in it is trusted beyond having been signed by the host.

    Attributes:
        repository: where it was released.
        release_id: the host's id of the release.
        tag: name of the git tag.
        title: title given by the developer, may be empty.
        notes: release notes, Markdown as written.
        prerelease: whether the developer marked it so.
        author: who released it.
        url: address of the release's page for people, or empty.
        assets: files attached to it at that time.
        published_us: when its host says that it was published, or None where it says nothing.
    """

    repository: Repository
    release_id: str
    tag: str
    author: Person
    title: str = ""
    notes: str = ""
    prerelease: bool = False
    url: str = ""
    assets: tuple[Asset, ...] = ()
    published_us: int | None = None

    @property
    def stream(self) -> str:
        """Name of the release's stream in the log."""
        return release_stream(self.repository.source, self.repository.id, self.release_id)


def release_stream(source: str, repository_id: str, release_id: str) -> str:
    """Name of the stream of one release: `release/<source>/<repository id>/<release id>`."""
    return f"release/{source}/{repository_id}/{release_id}"
