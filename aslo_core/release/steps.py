"""The steps of a release that touch the world: each reads what the log says, calls one plugin, and returns an event.

A step may be repeated at any time, on any machine: it checks what lies in the workspace and makes again what is missing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TypeVar

from aslo_core import events as e
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.source import write_source_tar
from aslo_core.errors import AsloError, Permanent
from aslo_core.failpoints import failpoint
from aslo_core.receipts import Backend, lasting_address
from aslo_core.release.asset import choose_asset
from aslo_core.release.attempt import Attempt
from aslo_core.release.policy import Policy
from aslo_core.release.setup_owners import NOBODY, SetupOwners, cannot_run_setup
from aslo_core.release.state import ReleaseState
from aslo_core.release.workspace import Workspace, holds
from aslo_core.types import Blob, Builder, BuildLimits, BuildRequest, RunsSetup, Source, TakenAsset

T = TypeVar("T")


@dataclass(frozen=True)
class Steps:
    """The plugins, limits and choices that the steps use.

    Attributes:
        sources, builders, storages: the instances by their names in `aslo.toml`.
        build_limits: what one build may use.
        inspection_limits: what a bundle may contain.
        work: folder for workspaces.
        policy: what the operator chose.
        step_seconds: how long a step may take that waits for others; building and inspecting have limits of their own.
        setup_owners: whose repositories' own `setup.py` makes their bundles.
    """

    sources: Mapping[str, Source]
    builders: Mapping[str, Builder]
    storages: Mapping[str, Backend]
    build_limits: BuildLimits
    inspection_limits: InspectionLimits
    work: Path
    policy: Policy
    step_seconds: float = 900
    setup_owners: SetupOwners = NOBODY

    def following(self, before: Steps) -> Self:
        """The same, with instances that only those before have: runs that began with them use them to their end."""
        return replace(
            self,
            sources={**before.sources, **self.sources},
            builders={**before.builders, **self.builders},
            storages={**before.storages, **self.storages},
        )

    def workspace(self, state: ReleaseState) -> Workspace:
        """Name the folder of the release's newest run."""
        return Workspace(self.work, state.stream, state.run)

    def seconds(self, state: ReleaseState) -> float:
        """How long the claimed step may take: as long as the limits allow of all that may have to be made again for it."""
        building, inspecting = self.build_limits.wall_seconds, self.inspection_limits.wall_seconds
        match (state.claimed or "").partition(":")[0]:
            case "build":
                return self.step_seconds + building
            case "inspect":
                return self.step_seconds + building + inspecting
            case "store" if not self.workspace(state).bundle.exists():
                return 2 * self.step_seconds + building + inspecting
            case _:
                return self.step_seconds

    def fetch(self, state: ReleaseState, attempt: Attempt) -> e.SourceFetched:
        """Bring the commit and the attached bundle, and pack the source for the builder."""
        announcement = state.announcement
        source = attempt.interruptible(_named(self.sources, "source", announcement.repository.source))
        workspace = self.workspace(state)
        with workspace.scratch(f"fetch-{attempt.number}") as scratch:
            failpoint("steps.fetch.before")
            fetched = source.fetch(announcement, scratch, attempt.log)
            failpoint("steps.fetch.after")
            chosen = choose_asset(announcement, fetched.assets)
            packed = scratch / "packed.tar"
            summary = write_source_tar(fetched.tree, fetched.files, packed, stop=attempt.stop)
            failpoint("steps.keep-source.before")
            packed.rename(workspace.source)
            failpoint("steps.keep-source.after")
            taken = None
            if chosen is not None:
                failpoint("steps.keep-asset.before")
                chosen.path.rename(workspace.asset)
                failpoint("steps.keep-asset.after")
                taken = TakenAsset(id=chosen.asset.id, name=chosen.asset.name, blob=Blob.of(workspace.asset, ".xo"))
        return e.SourceFetched(
            attempt=attempt.number,
            address=fetched.address,
            commit=fetched.commit,
            tag_object=fetched.tag_object,
            tree_digest=summary.tree_digest,
            files=summary.files,
            source=Blob.of(workspace.source, ".tar"),
            asset=taken,
            contributors=fetched.contributors,
            warnings=tuple(warning.text for warning in summary.warnings),
        )

    def build(self, state: ReleaseState, attempt: Attempt) -> e.BundleBuilt:
        """Build the bundle of the fetched source."""
        fetched = _fetched(state)
        workspace = self.workspace(state)
        if not holds(workspace.source, fetched.source):
            self._fetch_again(state, attempt)
        builder = attempt.interruptible(self._maker(state, attempt))
        started = time.monotonic()
        with workspace.scratch(f"build-{attempt.number}") as scratch:
            request = BuildRequest(source=workspace.source, bundle=scratch / "bundle.xo", limits=self.build_limits)
            failpoint("steps.build.before")
            builder.build(request, attempt.log)
            failpoint("steps.build.after")
            bundle = Blob.of(request.bundle, ".xo")
            failpoint("steps.keep-bundle.before")
            request.bundle.rename(workspace.bundle)
            failpoint("steps.keep-bundle.after")
        attempt.log(f"built {bundle.size} bytes from commit {fetched.commit}\n".encode())
        return e.BundleBuilt(
            attempt=attempt.number,
            builder=_builder_name(state),
            toolchain=builder.toolchain,
            isolation=builder.isolation,
            limits=self.build_limits,
            bundle=bundle,
            seconds=round(time.monotonic() - started, 3),
        )

    def take(self, state: ReleaseState, attempt: Attempt) -> e.BundleTaken:
        """Use the attached bundle, byte for byte."""
        fetched = _fetched(state)
        if fetched.asset is None:
            raise AsloError(f"{state.stream}: no attached bundle to take")
        workspace = self.workspace(state)
        if not holds(workspace.asset, fetched.asset.blob):
            self._fetch_again(state, attempt)
        workspace.bundle.unlink(missing_ok=True)
        failpoint("steps.take.before")
        os.link(workspace.asset, workspace.bundle)
        failpoint("steps.take.after")
        attempt.log(f"taking the attached {fetched.asset.name}\n".encode())
        return e.BundleTaken(attempt=attempt.number, name=fetched.asset.name, bundle=fetched.asset.blob)

    def inspect(self, state: ReleaseState, attempt: Attempt) -> e.BundleInspected:
        """Look into the bundle and hold it against the rules."""
        self._bundle_present(state, attempt)
        workspace = self.workspace(state)
        if not holds(workspace.source, _fetched(state).source):
            self._fetch_again(state, attempt)
        with workspace.scratch(f"inspect-{attempt.number}") as scratch:
            failpoint("steps.inspect.before")
            found = inspect_confined(
                attempt.interruptible(self._builder(state)).inspect,
                workspace.bundle,
                workspace.source,
                self.inspection_limits,
                folder=scratch,
                keep=workspace.keep_picture,
                log=attempt.log,
            )
            failpoint("steps.inspect.after")
        for warning in found.warnings:
            attempt.log(f"warning: {warning.text}\n".encode())
        return e.BundleInspected(
            attempt=attempt.number,
            metadata=found.metadata,
            content_digest=found.content_digest,
            entries=found.entries,
            icons=found.icon_pictures(),
            screenshots=found.screenshot_pictures(),
            warnings=tuple(warning.text for warning in found.warnings),
        )

    def store(self, state: ReleaseState, attempt: Attempt, name: str) -> e.BundleStored:
        """Put the bundle and its pictures on one storage, and read each of them back."""
        bundle = self._bundle_present(state, attempt)
        if state.inspected is None:
            raise AsloError(f"{state.stream}: storing before inspection")
        workspace = self.workspace(state)
        backend = _named(self.storages, "storage", name)
        pictures = state.inspected.pictures
        if not all(holds(workspace.picture(blob), blob) for blob in pictures):
            self.inspect(state, attempt)
        for blob, path in (*((blob, workspace.picture(blob)) for blob in pictures), (bundle, workspace.bundle)):
            try:
                backend.keep(blob, path)
            except Permanent as reason:
                # A bundle that keeps all rules is refused: that is for the operator to mend, not for the developer.
                raise AsloError(f"storage.{name} refuses {blob.name}: {reason}") from reason
        attempt.log(f"stored {bundle.name} on {name} and read it back\n".encode())
        return e.BundleStored(
            attempt=attempt.number,
            storage=name,
            objects=(bundle, *pictures),
            address=lasting_address(backend.storage, bundle),
            verified=backend.verify,
        )

    def _builder(self, state: ReleaseState) -> Builder:
        return _named(self.builders, "builder", _builder_name(state))

    def _maker(self, state: ReleaseState, attempt: Attempt) -> Builder:
        """What builds: the run's builder, as it runs `setup.py` where the operator has listed the repository's owner."""
        builder, owner = self._builder(state), state.announcement.repository
        if owner not in self.setup_owners:
            return builder
        if not isinstance(builder, RunsSetup):
            raise AsloError(f"{cannot_run_setup(_builder_name(state))}, as [build] run_setup_for wants it for {owner.owner}")
        attempt.log(f"[build] run_setup_for has the setup.py of {owner.source}:{owner.owner} run\n".encode())
        return builder.running_setup()

    def _fetch_again(self, state: ReleaseState, attempt: Attempt) -> None:
        """Bring the very same commit and attached bundle once more, since they are not in the workspace as they were."""
        fetched = _fetched(state)
        attempt.log(b"what was fetched is here no more; fetching it again\n")
        again = self.fetch(state, attempt)
        if (again.commit, again.source, _bytes(again)) != (fetched.commit, fetched.source, _bytes(fetched)):
            raise Permanent(
                "source.moved",
                f"The tag named commit {fetched.commit} when this run began and names {again.commit} now, or an attached"
                " file was changed meanwhile.",
                "Publish the release again, and leave its tag and files as they are.",
            )

    def _bundle_present(self, state: ReleaseState, attempt: Attempt) -> Blob:
        """Make sure that the bundle lies in the workspace; make the same one again where it does not."""
        bundle = state.bundle
        if bundle is None:
            raise AsloError(f"{state.stream}: there is no bundle yet")
        if not holds(self.workspace(state).bundle, bundle):
            attempt.log(b"the bundle is here no more; making it again\n")
            again = (self.take if state.takes_asset else self.build)(state, attempt)
            if again.bundle != bundle:
                raise AsloError(f"{state.stream}: building again gave {again.bundle.digest}, not {bundle.digest}")
        return bundle


def _fetched(state: ReleaseState) -> e.SourceFetched:
    if state.fetched is None:
        raise AsloError(f"{state.stream}: the source was not fetched yet")
    return state.fetched


def _builder_name(state: ReleaseState) -> str:
    return state.announced.builder if state.announced else ""


def _named(instances: Mapping[str, T], kind: str, name: str) -> T:
    found = instances.get(name)
    if found is None:
        raise AsloError(f"{kind}.{name} was in force when this run began, and is not in the configuration any more")
    return found


def _bytes(fetched: e.SourceFetched) -> Blob | None:
    """What is attached, whatever the host calls it: the same bytes may be attached anew under another id."""
    return fetched.asset.blob if fetched.asset else None
