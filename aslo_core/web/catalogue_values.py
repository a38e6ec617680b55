"""What the catalogue tells, on its pages and as JSON. Fields are only ever added.

Times are RFC 3339 in UTC, sizes bytes, digests SHA-256 in hexadecimal; a field ending in `_url` is a reference to resolve
against the page's own address, and empty where there is none. Texts are as developers wrote them: escape them.
"""

from __future__ import annotations

from datetime import datetime

from aslo_core.types import Value


class ActivityBrief(Value):
    """An activity in a list, as of its latest version."""

    bundle_id: str
    name: str
    summary: str
    version: str
    published_at: datetime
    page_url: str
    icon_url: str


class CatalogueAnswer(Value):
    """One page of the list of activities. `sort` is `newest` or `name`; `page` counts from 1."""

    activities: tuple[ActivityBrief, ...]
    sort: str
    page: int
    pages: int
    total: int


class PersonAnswer(Value):
    """Somebody on a code host."""

    login: str
    profile_url: str


class RepositoryAnswer(Value):
    """Where an activity's source is."""

    source: str
    id: str
    name: str
    page_url: str


class TranslationAnswer(Value):
    """Name and summary in one language, empty where not translated."""

    language: str
    name: str
    summary: str


class IconAnswer(Value):
    """The icon as a PNG picture without a ground; `pixels` is its width and its height."""

    pixels: int
    image_url: str


class ScreenshotAnswer(Value):
    """A picture of the activity; width and height in pixels."""

    language: str
    width: int
    height: int
    image_url: str


class VersionEntry(Value):
    """A version in the list of an activity's versions, those that were withdrawn among them; `size` is that of its bundle."""

    version: str
    published_at: datetime
    prerelease: bool
    withdrawn: bool
    latest: bool
    tag: str
    size: int
    page_url: str


class DownloadAnswer(Value):
    """The bundle's file. `content_digest` names what is inside it, whatever packed it."""

    url: str
    file_name: str
    media_type: str
    size: int
    digest: str
    content_digest: str


class VersionAnswer(Value):
    """One version of an activity.

    `asset` is the name of the attached file that the bundle is, byte for byte, or empty when it was built of the commit;
    `toolkit` is `web`, `gtk3`, `gtk2` or `gtk2-old-toolbar`; `notes` is Markdown; `versions` are all of the activity's, highest
    first; `warnings` is what its release was warned of.
    """

    bundle_id: str
    version: str
    latest: bool
    name: str
    summary: str
    description: str
    license: str
    toolkit: str
    min_sugar: str
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    mime_types: tuple[str, ...]
    max_participants: int
    single_instance: bool
    prerelease: bool
    published_at: datetime
    author: PersonAnswer
    contributors: tuple[PersonAnswer, ...]
    repository: RepositoryAnswer
    asset: str
    commit: str
    commit_url: str
    tag: str
    title: str
    notes: str
    translations: tuple[TranslationAnswer, ...]
    screenshots: tuple[ScreenshotAnswer, ...]
    warnings: tuple[str, ...]
    download: DownloadAnswer
    versions: tuple[VersionEntry, ...]
    page_url: str
    icon_url: str
    icons: tuple[IconAnswer, ...]
    home_url: str
    release_url: str
    host_url: str


class WithdrawnAnswer(Value):
    """A version that was taken back, as `application/problem+json`. `hold` says who can lift it: `host` or `operator`."""

    title: str
    status: int
    detail: str
    bundle_id: str
    version: str
    name: str
    withdrawn_at: datetime
    by: str
    reason: str
    hold: str
    versions: tuple[VersionEntry, ...]
    release_url: str
