"""Makes what the catalogue tells, on its pages and as JSON, of the rows of the projection."""

from __future__ import annotations

from collections.abc import Sequence

from aslo_core.projections.addresses import activity_path, download_path, release_path, safe_file_name
from aslo_core.projections.catalogue_tables import ActivityRow, VersionBrief, VersionRow
from aslo_core.types import Person, Repository
from aslo_core.web.catalogue_values import (
    ActivityBrief,
    DownloadAnswer,
    IconAnswer,
    PersonAnswer,
    RepositoryAnswer,
    ScreenshotAnswer,
    TranslationAnswer,
    VersionAnswer,
    VersionEntry,
    WithdrawnAnswer,
)
from aslo_core.web.words import at, web_link

MEDIA_TYPE = "application/vnd.olpc-sugar"


def activity_brief(row: ActivityRow) -> ActivityBrief:
    """An activity for a list."""
    return ActivityBrief(
        bundle_id=row.bundle_id,
        name=row.name or row.bundle_id,
        summary=row.summary,
        version=row.latest,
        published_at=at(row.latest_us),
        page_url=activity_path(row.bundle_id, row.latest),
        icon_url=icon_path(row.icon),
    )


def version_answer(
    row: VersionRow, briefs: Sequence[VersionBrief], latest: str | None, warnings: Sequence[str]
) -> VersionAnswer:
    """One version with all that its page shows."""
    about = row.metadata
    screenshots = (
        ScreenshotAnswer(language=one.language, width=one.width, height=one.height, image_url=picture_path(one.image.name[3:]))
        for one in row.screenshots
    )
    return VersionAnswer(
        bundle_id=row.bundle_id,
        version=row.version,
        latest=row.version == latest,
        name=about.name or row.bundle_id,
        summary=about.summary,
        description=about.description,
        license=about.license,
        toolkit=about.toolkit,
        min_sugar=about.min_sugar,
        tags=about.tags,
        categories=about.categories,
        mime_types=about.mime_types,
        max_participants=about.max_participants,
        single_instance=about.single_instance,
        prerelease=row.prerelease,
        published_at=at(row.published_us),
        author=person_answer(row.author),
        contributors=tuple(person_answer(one) for one in row.contributors),
        repository=repository_answer(row.repository),
        asset=row.asset.name if row.asset else "",
        commit=row.commit,
        commit_url=commit_link(row.repository, row.commit),
        tag=row.tag,
        title=row.title,
        notes=row.notes,
        translations=tuple(
            TranslationAnswer(language=one.language, name=one.name, summary=one.summary) for one in about.translations
        ),
        screenshots=tuple(screenshots),
        warnings=tuple(warnings),
        download=download_answer(row),
        versions=version_entries(row.bundle_id, briefs, latest),
        page_url=activity_path(row.bundle_id, row.version),
        icon_url=icon_path(row.icon),
        icons=tuple(IconAnswer(pixels=one.pixels, image_url=icon_picture_path(one.image.digest)) for one in row.icons),
        home_url=web_link(about.url),
        release_url=release_path(row.release),
        host_url=web_link(row.url),
    )


def withdrawn_answer(row: VersionRow, briefs: Sequence[VersionBrief], latest: str | None) -> WithdrawnAnswer:
    """Why a version is not to be had any more, and what is to be had instead."""
    return WithdrawnAnswer(
        title="Gone",
        status=410,
        detail=f"Version {row.version} of {row.bundle_id} was withdrawn: {row.withdrawn_reason}",
        bundle_id=row.bundle_id,
        version=row.version,
        name=row.metadata.name or row.bundle_id,
        withdrawn_at=at(row.withdrawn_us or 0),
        by=row.withdrawn_by,
        reason=row.withdrawn_reason,
        hold=row.hold,
        versions=tuple(entry for entry in version_entries(row.bundle_id, briefs, latest) if not entry.withdrawn),
        release_url=release_path(row.release),
    )


def version_entries(bundle_id: str, briefs: Sequence[VersionBrief], latest: str | None) -> tuple[VersionEntry, ...]:
    """The versions of an activity as entries of a list."""
    return tuple(
        VersionEntry(
            version=brief.version,
            published_at=at(brief.published_us),
            prerelease=brief.prerelease,
            withdrawn=brief.withdrawn,
            latest=brief.version == latest,
            tag=brief.tag,
            size=brief.size,
            page_url=activity_path(bundle_id, brief.version),
        )
        for brief in briefs
    )


def download_answer(row: VersionRow) -> DownloadAnswer:
    """The file of a version."""
    return DownloadAnswer(
        url=download_path(row.bundle_id, row.version, row.metadata.file_name),
        file_name=safe_file_name(row.metadata.file_name),
        media_type=MEDIA_TYPE,
        size=row.bundle.size,
        digest=row.bundle.digest,
        content_digest=row.content_digest,
    )


def person_answer(person: Person) -> PersonAnswer:
    """Somebody, with a link only where a browser may follow it. Pictures of people stay on their host."""
    return PersonAnswer(login=person.login, profile_url=web_link(person.url))


def repository_answer(repository: Repository) -> RepositoryAnswer:
    """A repository, with a link only where a browser may follow it."""
    page_url = web_link(repository.url)
    return RepositoryAnswer(source=repository.source, id=repository.id, name=repository.full_name, page_url=page_url)


def commit_link(repository: Repository, commit: str) -> str:
    """Page of a commit: GitHub, Gitea and GitLab all have it at `<repository>/commit/<name>`."""
    page = web_link(repository.url)
    return f"{page.rstrip('/')}/commit/{commit}" if page and commit else ""


def icon_path(digest: str) -> str:
    """Address of an icon."""
    return f"/icons/{digest}.svg"


def icon_picture_path(digest: str) -> str:
    """Address of a picture of an icon."""
    return f"/icons/{digest}.png"


def picture_path(name: str) -> str:
    """Address of a screenshot: its digest and suffix."""
    return f"/screenshots/{name}"
