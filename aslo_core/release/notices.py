"""What the developer is told about an event of a release. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from aslo_core import events as e
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.projections.addresses import activity_path, download_path, release_path, rule_path
from aslo_core.release.state import ReleaseState, evolve
from aslo_core.types import Notice


def notice_stream(release: str) -> str:
    """Name of the stream that tells what was said about a release: `notice/<source>/<repository id>/<release id>`."""
    return "notice/" + release.removeprefix("release/")


def compose(history: Iterable[e.Recorded], about: str, kind: str, public_url: str) -> Notice | None:
    """Compose the notice about one event, or None when the stream holds no such event.

    Args:
        history: the release's whole stream; what stands after the event plays no part.
        about: id of the event.
        kind: what kind of notice it is.
        public_url: address of ASLO, without a slash at the end.
    """
    state: ReleaseState | None = None
    for recorded in history:
        state = evolve(state or ReleaseState(stream=recorded.stream), recorded)
        if recorded.id == about:
            return _compose(state, recorded, kind, public_url)
    return None


def withheld_by(only: NoticeFilter, notice: Notice) -> str:
    """Name the key of a notifier's table that keeps a notice from it, or give an empty text when none does."""
    owner = notice.repository.owner.lower()
    if notice.kind not in only.events:
        return "events"
    if not any(fnmatchcase(owner, pattern.lower()) for pattern in only.owners):
        return "owners"
    if not any(fnmatchcase(notice.bundle_id, pattern) for pattern in only.activities):
        return "activities"
    return ""


def _compose(state: ReleaseState, recorded: e.Recorded, kind: str, public_url: str) -> Notice:
    announcement = state.announcement
    metadata = state.inspected.metadata if state.inspected else None
    activity_url = download_url = rule = cure = reason = ""
    match recorded.event:
        case e.ReleasePublished(bundle_id=bundle_id, version=version) if metadata is not None:
            activity_url = public_url + activity_path(bundle_id, version)
            download_url = public_url + download_path(bundle_id, version, metadata.file_name)
        case e.ReleaseRejected(rule=rule, found=reason, cure=cure):
            pass
        case e.ReleaseFailed(reason=reason):
            pass
        case e.ReleaseWithdrawn(by=by, reason=why) | e.ReleaseCancelled(by=by, reason=why):
            reason = f"{why} (by {by})"
        case e.ReleaseUnchanged():
            reason = "The commit and the attached files are those that are published already; there is nothing new to publish."
        case _:
            pass
    return Notice(
        id=recorded.id,
        kind=kind,
        repository=announcement.repository,
        release_id=announcement.release_id,
        tag=announcement.tag,
        author=announcement.author,
        status_url=public_url + release_path(state.stream),
        occurred_us=recorded.recorded_us,
        bundle_id=metadata.bundle_id if metadata else "",
        commit=state.fetched.commit if state.fetched else "",
        name=metadata.name if metadata else "",
        version=metadata.version if metadata else "",
        reason=reason,
        rule=rule,
        cure=cure,
        rule_url=public_url + path if (path := rule_path(rule)) else "",
        warnings=state.warnings,
        activity_url=activity_url,
        download_url=download_url,
    )
