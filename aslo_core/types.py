"""The values that pass between the parts of ASLO, and the four Protocols that a plugin implements.

Values are frozen. Digests are 64 lower-case hexadecimal digits of SHA-256, sizes are bytes, times are seconds unless a
name ends in `_us` (microseconds since 1970-01-01 UTC).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, dataclass_transform, runtime_checkable

import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

if TYPE_CHECKING:
    from typing import BinaryIO

Secret = SecretStr
"""Type of an option that must never be shown. In `aslo.toml`: `key = "${VARIABLE}"`, or `key_file = "path"`."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class ValueMeta(msgspec.StructMeta):
    """Makes structs frozen and constructed by keyword without each having to say so."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **config: Any) -> ValueMeta:
        """Create the class with `frozen` and `kw_only` set."""
        return super().__new__(mcls, name, bases, namespace, frozen=True, kw_only=True, **config)


class Value(msgspec.Struct, metaclass=ValueMeta):
    """Root of the frozen values that are also parts of events."""


# --- what a source tells ------------------------------------------------------------------------------------------------


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
        name: its name at the time.
        url: address of its page for people, or empty.
    """

    source: str
    id: str
    owner: str
    name: str
    url: str = ""

    @property
    def full_name(self) -> str:
        """`owner/name`, as people write it."""
        return f"{self.owner}/{self.name}" if self.owner else self.name


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

    @property
    def stream(self) -> str:
        """Name of the release's stream in the log."""
        return release_stream(self.repository.source, self.repository.id, self.release_id)


def release_stream(source: str, repository_id: str, release_id: str) -> str:
    """Name of the stream of one release: `release/<source>/<repository id>/<release id>`."""
    return f"release/{source}/{repository_id}/{release_id}"


@dataclass(frozen=True)
class Delivery:
    """A webhook as it came in, before anything in it is believed.

    Attributes:
        headers: header names in lower case → value.
        body: the raw bytes, exactly as received: signatures are over these.
    """

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Announced:
    """A delivery that tells of a release to work on.

    Attributes:
        trigger: the host's word for what happened, for example `published` or `edited`. `edited` opens a run only while
            nothing of this release is published.
    """

    delivery_id: str
    trigger: str
    announcement: Announcement


@dataclass(frozen=True)
class Withdrawn:
    """A delivery that tells that a release was taken back on its host.

    Attributes:
        trigger: the host's word, for example `deleted` or `unpublished`.
        stream: the release's stream.
        by: login of who did it.
    """

    delivery_id: str
    trigger: str
    repository: Repository
    stream: str
    by: str


@dataclass(frozen=True)
class Ignored:
    """An authentic delivery that starts no work.

    Attributes:
        trigger: what it was, for example `push` or `release.created`.
        reason: why nothing is done, in a sentence for whoever released.
    """

    delivery_id: str
    trigger: str
    reason: str


@dataclass(frozen=True)
class Refused:
    """An authentic delivery that cannot be understood. Answered with 400.

    Attributes:
        reason: what was expected and what was found, in a sentence.
    """

    delivery_id: str
    reason: str


@dataclass(frozen=True)
class Pong:
    """An authentic delivery that only asks whether anybody is there.

    Attributes:
        hook_id: the host's id of the hook, or empty.
    """

    delivery_id: str
    hook_id: str = ""


Verdict = Announced | Withdrawn | Ignored | Refused | Pong


@dataclass(frozen=True)
class FetchedAsset:
    """An attached file that was downloaded.

    Attributes:
        asset: which file it is.
        path: where it lies, below the directory that was given to `fetch`.
    """

    asset: Asset
    path: Path


@dataclass(frozen=True)
class Fetched:
    """A release's source as its host has it now.

    Attributes:
        commit: full hexadecimal name of the commit that the tag points to, peeled.
        tree: directory with the commit's files as checked out: no `.git`, submodules as empty directories.
        files: the paths that git tracks in it, relative, `/`-separated, sorted bytewise.
        assets: the attached files, downloaded, in the host's order.
        contributors: who wrote it, most active first, at most 30.
    """

    commit: str
    tree: Path
    files: tuple[str, ...]
    assets: tuple[FetchedAsset, ...] = ()
    contributors: tuple[Person, ...] = ()


class Source(Protocol):
    """Where releases come from. One object per `[source.NAME]`; called from many threads."""

    def verify(self, delivery: Delivery) -> Verdict:
        """Tell what a delivery means. Pure: no input or output, so that intake never waits.

        Raises:
            AuthenticationFailed: the signature is missing or wrong.
            UnsupportedMedia: the content type is none of this source's.
        """
        ...

    def fetch(self, announcement: Announcement, into: Path, log: LogSink) -> Fetched:
        """Resolve the tag and bring exactly that commit, and the attached files, below `into`.

        Args:
            announcement: which release; addresses are built from configuration and from its repository, never from text
                in it.
            into: an empty directory of the caller, who removes it.
            log: receives what is worth showing to the developer.

        Raises:
            Permanent: the tag is gone, the repository is too large, …
            Transient: the host cannot be reached or asks to wait.
        """
        ...


@runtime_checkable
class Submittable(Protocol):
    """What a source offers beside `Source` where a release can be announced by hand (`aslo submit`)."""

    def announce(self, address: str, tag: str, by: Person) -> Announcement:
        """Tell which release is meant. What it returns is then fetched as if the host had announced it.

        Args:
            address: the repository as a person writes it; each source says which forms it takes.
            tag: name of the git tag.
            by: who submits; the release's author where the host knows no other.

        Raises:
            Permanent: the address or tag is malformed or not allowed, or the host has no such release.
            Transient: the host had to be asked and cannot be reached.
        """
        ...


# --- what a builder does ------------------------------------------------------------------------------------------------

LogSink = Callable[[bytes], None]
"""Receives pieces of a log as they are produced; never raises."""


class Isolation(Value):
    """How a builder is kept from the host. Recorded in every build's event.

    Attributes:
        level: `container`, `sandbox` (own namespaces), `landlock` (file rules of the kernel alone) or `process` (resource
            limits alone).
        detail: the program and its version, in a few words.
    """

    level: str
    detail: str

    @property
    def runs_repository_code(self) -> bool:
        """Whether code of a repository may be run under it."""
        return self.level in ("container", "sandbox")


class BuildLimits(Value):
    """What one build may use; every one is enforced where the work runs.

    Attributes:
        wall_seconds: time until it is killed.
        cpu_seconds: processor time.
        memory_bytes: address space or resident memory, as the builder can enforce it.
        processes: processes and threads.
        bundle_bytes: size of the bundle.
        scratch_bytes: space for files while building.
        log_bytes: size of the log; what exceeds it is dropped and the log says so.
    """

    wall_seconds: int = 300
    cpu_seconds: int = 120
    memory_bytes: int = 1 << 30
    processes: int = 64
    bundle_bytes: int = 192 << 20
    scratch_bytes: int = 1 << 30
    log_bytes: int = 4 << 20


@dataclass(frozen=True)
class BuildRequest:
    """One build.

    Attributes:
        source: a tar archive (PAX) of the files to pack, plain files and directories only.
        bundle: where the builder writes the `.xo`; does not exist yet; what is written there when an error is raised means
            nothing.
        limits: what it may use.
    """

    source: Path
    bundle: Path
    limits: BuildLimits


class Builder(Protocol):
    """What makes a bundle of a source. One object per `[builder.NAME]`; called from many threads.

    The build's protocol is one for all builders: standard input is the source as a tar archive, standard output the
    bundle, standard error the log. The end of output never means success; the exit status does.
    """

    @property
    def isolation(self) -> Isolation:
        """How builds are kept from the host on this machine."""
        ...

    def build(self, request: BuildRequest, log: LogSink) -> None:
        """Build one bundle into `request.bundle`.

        Raises:
            Permanent: the source cannot be built, or it went beyond a limit; says which and how large it was.
            Transient: the sandbox could not be started.
        """
        ...


# --- what a storage keeps -----------------------------------------------------------------------------------------------

_BLOB_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Blob(Value):
    """Some bytes, named by their content. Its name is safe on every file system and in every address.

    Attributes:
        digest: SHA-256 of the bytes.
        size: how many there are.
        suffix: a dot and up to eight lower-case letters or digits, for example `.xo`.
    """

    digest: str
    size: int
    suffix: str

    def __post_init__(self) -> None:
        if not _DIGEST.fullmatch(self.digest) or not _BLOB_SUFFIX.fullmatch(self.suffix) or self.size < 0:
            raise ValueError(f"not the name of a blob: {self!r}")

    @property
    def name(self) -> str:
        """`<first two digits>/<digest><suffix>`: the name on every storage."""
        return f"{self.digest[:2]}/{self.digest}{self.suffix}"

    @classmethod
    def of(cls, path: Path, suffix: str) -> Blob:
        """Name the file at `path` by reading it."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(digest=digest, size=file.tell(), suffix=suffix)


class Storage(Protocol):
    """Where bundles and pictures are kept. One object per `[storage.NAME]`; called from many threads and processes.

    Objects are content-addressed: a name never changes its bytes, so doing anything twice is harmless. A partial object is
    never visible under its final name.
    """

    def put(self, blob: Blob, path: Path) -> None:
        """Keep the file at `path`; when this returns, the bytes were read back or synced and are there to stay.

        Doing it again with the same bytes is success.

        Raises:
            Transient: the storage cannot be reached, is full, or lost the connection.
            Permanent: the file is not what `blob` says, or the storage holds other bytes under that name.
        """
        ...

    def open(self, blob: Blob, start: int = 0) -> BinaryIO:
        """Open the object for reading from byte `start` on.

        Raises:
            KeyError: it is not there.
            Transient: the storage cannot be reached.
        """
        ...

    def stat(self, name: str) -> int | None:
        """Size of the object of that name, or None when it is not there.

        Raises:
            Transient: the storage cannot be reached.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove the object of that name; success when it is not there.

        Raises:
            Transient: the storage cannot be reached.
        """
        ...

    def names(self) -> Iterator[str]:
        """Names of all objects, in no order; nothing partial.

        Raises:
            Transient: the storage cannot be reached.
        """
        ...

    def address(self, blob: Blob) -> str | None:
        """Public address of the object, or None where only ASLO itself can serve it. No input or output."""
        ...


# --- what a notifier tells ----------------------------------------------------------------------------------------------


class Notice(Value):
    """One thing to tell the developer of a release.

    Attributes:
        id: the same for the same notice, whenever it is tried again: notifiers put it into a hidden marker and look for that
            before they post.
        kind: `started`, `published`, `rejected`, `failed`, `unchanged`, `withdrawn` or `cancelled`.
        repository: where it was released.
        release_id: the host's id of the release.
        tag: its tag.
        commit: full name of the commit, or empty when it was never found.
        author: who released it.
        name: the activity's name, or empty when it was never read.
        version: the activity's version, or empty when it was never read.
        reason: why it ended so, in words; empty for `started` and `published`.
        rule: stable code of the broken rule for `rejected`, else empty.
        cure: what the developer can do, or empty.
        warnings: what went well but should be looked at.
        status_url: the page with the release's timeline and log.
        activity_url: the page in the catalogue, or empty.
        download_url: the bundle, or empty.
    """

    id: str
    kind: str
    repository: Repository
    release_id: str
    tag: str
    author: Person
    status_url: str
    commit: str = ""
    name: str = ""
    version: str = ""
    reason: str = ""
    rule: str = ""
    cure: str = ""
    warnings: tuple[str, ...] = ()
    activity_url: str = ""
    download_url: str = ""


class Notifier(Protocol):
    """Who is told. One object per `[notifier.NAME]`; notices of one release arrive in order, one at a time."""

    def notify(self, notice: Notice) -> str:
        """Deliver one notice and return the address where it can be seen, or an empty string.

        Doing it again finds the first one and returns its address.

        Raises:
            Transient: try again later; `retry_after` carries what the peer asked for.
            Permanent: it cannot be delivered (no such commit, no permission).
        """
        ...


# --- how a plugin offers these ------------------------------------------------------------------------------------------


class Options(BaseModel):
    """Root of the options class of a plugin.

    Each field has a docstring below it, which becomes its documentation. Unknown keys are errors. A field of type `Secret`
    may be given in `aslo.toml` as `key = "${VARIABLE}"` or `key_file = "path"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)


@dataclass(frozen=True)
class Context:
    """What the core gives to a plugin's factory beside its options.

    Attributes:
        name: the instance's name in `aslo.toml`, for example `main` of `[storage.main]`.
        directory: folder of the configuration file; relative paths in options are meant from here.
        data: ASLO's data directory.
        public_url: address that ASLO is reached at from outside, without a slash at the end.
    """

    name: str
    directory: Path
    data: Path
    public_url: str


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Offer(Generic[T_co]):
    """What a plugin registers: a kind of source, builder, storage or notifier that `aslo.toml` may use.

    Attributes:
        name: what `use = "…"` says.
        options: the class of the table's other keys.
        create: makes the object from validated options. It may read files that they name and start a short probe of this
            machine, but asks no peer; called once for each enabled table, never by commands that need no such object. Raises
            ConfigError (with keys relative to the table) or ValueError where options cannot work together or on this machine.
    """

    name: str
    options: type[Options]
    create: Callable[..., T_co]
