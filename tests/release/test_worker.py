"""A worker takes releases through their lives: real packer, real inspection, real log, a folder as the host."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from structlog.typing import EventDict

from aslo_core import events as e
from aslo_core.bundle.limits import ICON_PIXELS
from aslo_core.bundle.warning import MOST_WARNINGS
from aslo_core.errors import ConfigError, ConfigProblem, Conflict, Permanent, Transient
from aslo_core.log import Appended, Entry, EventLog, LogUnavailable
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.release import commands as c
from aslo_core.release.activity import activity_stream
from aslo_core.release.backoff import MAX_ATTEMPTS
from aslo_core.release.decide import StaleAttempt
from aslo_core.release.notices import compose
from aslo_core.release.policy import Policy
from aslo_core.release.setup_owners import SetupOwners
from aslo_core.release.state import ReleaseState, next_step
from aslo_core.release.steps import Steps
from aslo_core.release.worker import Worker
from aslo_core.testing import values
from aslo_core.testing.processes import all_gone
from aslo_core.testing.workshop import ProcessBuilder
from aslo_core.types import Blob, Toolchain
from tests.release.conftest import CAUSE, EXAMPLE, RELEASE, Workshop

STEPS = ["fetch", "build", "inspect", "reserve", "store:main", "store:mirror", "publish"]


class OfSetup(ProcessBuilder):
    """Says that it ran `setup.py`."""

    @property
    def toolchain(self) -> Toolchain:
        return Toolchain(name="setup.py", version="1")


@dataclass
class SetupRunner(ProcessBuilder):
    """A builder that gives another one for owners who are listed."""

    for_listed: ProcessBuilder = field(default_factory=OfSetup)

    def running_setup(self) -> ProcessBuilder:
        return self.for_listed


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The example as a bundle that somebody else packed."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(EXAMPLE.rglob("*")):
            if path.is_file() and "screenshots" not in path.parts:
                archive.write(path, Path("StarMap.activity") / path.relative_to(EXAMPLE))
    return packed.getvalue()


def raising(*errors: BaseException) -> Callable[[], None]:
    left = list(errors)

    def fail() -> None:
        if left:
            raise left.pop(0)

    return fail


class TestTheWholeLife:
    def test_of_a_release_that_is_built(self, workshop: Workshop):
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"
        assert [claimed.step for claimed in workshop.of_type(e.StepClaimed)] == STEPS
        (fetched,) = workshop.of_type(e.SourceFetched)
        (built,) = workshop.of_type(e.BundleBuilt)
        (inspected,) = workshop.of_type(e.BundleInspected)
        assert (fetched.attempt, built.attempt, inspected.attempt) == (1, 2, 3)
        assert (built.builder, built.isolation.level) == ("sandbox", "process")
        assert inspected.metadata.bundle_id
        assert len(inspected.screenshots) == 2
        version = list(workshop.log.read(activity_stream(inspected.metadata.bundle_id)))[-1].event
        assert isinstance(version, e.VersionPublished)
        assert (version.bundle, version.commit, version.storages) == (built.bundle, fetched.commit, ("main", "mirror"))
        for shelf in (workshop.main, workshop.mirror):
            wanted = {built.bundle.name, *(image.name for image in inspected.pictures)}
            assert set(shelf.names()) == wanted

    def test_takes_one_append_for_each_step_that_touches_the_world(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
        """What came of it stands in the log together with all that follows until there is something to do, or nothing does."""
        workshop.announced()
        appends: list[list[str]] = []
        append = workshop.log.append

        def noted(entries: Sequence[Entry], **more: Any) -> Appended:
            appends.append([entry.event.event_name for entry in entries if entry.stream == RELEASE.stream])
            return append(entries, **more)

        monkeypatch.setattr(workshop.log, "append", noted)
        workshop.worker.work(RELEASE.stream)
        assert appends == [
            ["step.claimed"],
            ["source.fetched", "step.claimed"],
            ["bundle.built", "step.claimed"],
            ["bundle.inspected", "step.claimed", "version.cleared", "step.claimed"],
            ["bundle.stored", "step.claimed"],
            ["bundle.stored", "step.claimed", "release.published"],
        ]

    def test_is_not_gone_on_with_by_a_worker_that_others_take_for_dead(self, workshop: Workshop):
        workshop.announced()
        claims = iter([True])
        workshop.another("dying", lambda: next(claims, False)).work(RELEASE.stream)
        assert isinstance(workshop.last(), e.SourceFetched)
        assert workshop.state().claimed is None

    def test_leaves_no_workspace(self, workshop: Workshop):
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert workshop.workspaces() == []

    def test_records_where_its_bundle_is_for_good_and_no_signed_address(self, workshop: Workshop):
        workshop.main.public_url = "https://dl.example.org"
        workshop.mirror.public_url, workshop.mirror.signature = "https://s3.example.org", "?X-Amz-Signature=bearer"
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        on_main, on_mirror = workshop.of_type(e.BundleStored)
        assert on_main.address == f"https://dl.example.org/{on_main.objects[0].name}"
        assert on_mirror.address == ""

    def test_is_told_in_the_build_log(self, workshop: Workshop):
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert "fetching v1" in workshop.said(1)
        assert "built " in workshop.said(2)
        assert "on main" in workshop.said(5)

    def test_of_a_release_with_an_attached_bundle(self, workshop: Workshop, bundle: bytes):
        workshop.source.assets = {"StarMap-1.xo": bundle, "notes.txt": b"none of ours"}
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        (taken,) = workshop.of_type(e.BundleTaken)
        assert taken.name == "StarMap-1.xo"
        with workshop.main.open(taken.bundle) as kept:
            assert kept.read() == bundle
        assert workshop.builder.built == 0
        (inspected,) = workshop.of_type(e.BundleInspected)
        assert len(inspected.screenshots) == 2
        assert [(one.language, one.name) for one in inspected.metadata.translations] == [
            ("es", "Mapa de estrellas"),
            ("fr", "Carte des étoiles"),
        ], "the bundle has none, and so they come from the source"

    def test_of_a_release_with_several_attached_bundles(self, workshop: Workshop, bundle: bytes):
        workshop.source.assets = {"StarMap-2.xo": b"another", "StarMap-1.XO": bundle}
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert workshop.of_type(e.BundleTaken)[0].name == "StarMap-1.XO"

    def test_of_a_release_whose_attached_bundles_leave_a_doubt(self, workshop: Workshop, bundle: bytes):
        workshop.source.assets = {"a.xo": bundle, "b.xo": bundle}
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        rejected = workshop.last()
        assert isinstance(rejected, e.ReleaseRejected)
        assert (rejected.rule, rejected.step) == ("asset.ambiguous", "fetch")
        assert "'a.xo', 'b.xo'" in rejected.found
        assert "-1.xo" in rejected.cure

    @pytest.mark.parametrize(("tag", "names"), [("StarMap-1", ("StarMap-1.xo", "2.xo")), ("debian/1-2", ("1.xo", "a-1.0.xo"))])
    def test_of_the_attached_bundle_that_states_the_tag_s_version(
        self, workshop: Workshop, bundle: bytes, tag: str, names: tuple[str, str]
    ):
        release = values.announcement("1", tag)
        workshop.source.assets = dict.fromkeys(names, bundle)
        workshop.announced(release)
        workshop.worker.work(release.stream)
        assert [taken.name for taken in workshop.of_type(e.BundleTaken)] == [name for name in names if "-1" in name]

    def test_of_a_release_that_cannot_be_built(self, workshop: Workshop):
        (workshop.source.tree / "activity" / "activity.info").unlink()
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        rejected = workshop.last()
        assert isinstance(rejected, e.ReleaseRejected)
        assert rejected.step == "build"
        assert workshop.workspaces() == []

    def test_of_a_release_with_nothing_new(self, workshop: Workshop):
        for _ in range(2):
            workshop.announced()
            workshop.worker.work(RELEASE.stream)
        assert workshop.last() == e.ReleaseUnchanged(attempt=8, commit=workshop.of_type(e.SourceFetched)[0].commit)
        assert workshop.builder.built == 1
        assert workshop.workspaces() == []

    def test_of_a_version_that_was_published_with_other_content(self, workshop: Workshop):
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        (workshop.source.tree / "README.md").write_text("Changed.")
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        rejected = workshop.last()
        assert isinstance(rejected, e.ReleaseRejected)
        assert (rejected.step, rejected.rule) == ("reserve", "activity.version-taken")


class TestAnAttachedBundleThatBreaksARule:
    """Where the operator's `invalid_asset` is `build`, unless a test says otherwise."""

    def test_is_not_used_and_the_source_is_built(self, workshop: Workshop):
        workshop.source.assets = {"StarMap-1.xo": b"not a zip at all"}
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        (refused,) = workshop.of_type(e.AssetRefused)
        assert (refused.name, refused.rule) == ("StarMap-1.xo", "bundle.archive-not-zip")
        steps = ["fetch", "take", "inspect", "build", *STEPS[2:]]
        assert [claimed.step for claimed in workshop.of_type(e.StepClaimed)] == steps
        assert isinstance(workshop.last(), e.ReleasePublished)
        (built,) = workshop.of_type(e.BundleBuilt)
        with workshop.main.open(built.bundle) as kept:
            assert zipfile.is_zipfile(BytesIO(kept.read()))
        assert len(workshop.of_type(e.BundleInspected)[0].screenshots) == 2
        assert workshop.version().asset is None, "what was published is not the attached file"

    def test_is_told_with_its_rule_on_the_page_and_in_the_comment(self, workshop: Workshop):
        workshop.source.assets = {"StarMap-1.xo": b"not a zip at all"}
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        recorded = list(workshop.log.read(RELEASE.stream))
        notice = compose(recorded, recorded[-1].id, "published", "https://aslo.example")
        assert notice is not None
        (warning,) = notice.warnings
        assert warning.startswith("The attached 'StarMap-1.xo' is not used (bundle.archive-not-zip)")
        assert "no ZIP archive" in warning

    def test_ends_the_run_where_the_operator_wants_that(self, workshop: Workshop):
        workshop.steps = replace(workshop.steps, policy=Policy(invalid_asset="refuse"))
        workshop.source.assets = {"StarMap-1.xo": b"not a zip at all"}
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        rejected = workshop.last()
        assert isinstance(rejected, e.ReleaseRejected)
        assert (rejected.step, rejected.rule) == ("inspect", "bundle.archive-not-zip")
        assert (workshop.builder.built, workshop.of_type(e.AssetRefused)) == (0, [])

    @pytest.mark.parametrize("step", ["build", "inspect", "reserve", "store:main", "store:mirror", "publish"])
    def test_is_forgotten_though_the_worker_is_lost_and_its_files_too(self, workshop: Workshop, step: str):
        workshop.source.assets = {"StarMap-1.xo": b"not a zip at all"}
        workshop.announced()
        while not (workshop.of_type(e.AssetRefused) and next_step(workshop.state()) == step):
            workshop.one_step()
        attempt = workshop.desk.handle(RELEASE.stream, c.Claim(worker="lost", now_us=workshop.now), cause=CAUSE).attempt
        shutil.rmtree(workshop.folder / "work")
        workshop.desk.handle(RELEASE.stream, c.Abandon(attempt=attempt, reason="killed"), cause=CAUSE)
        workshop.worker.work(RELEASE.stream)
        assert isinstance(workshop.last(), e.ReleasePublished)
        assert len(workshop.of_type(e.AssetRefused)) == 1

    def test_of_a_source_that_cannot_be_built_either_both_are_told(self, workshop: Workshop):
        workshop.source.assets = {"StarMap-1.xo": b"not a zip at all"}
        (workshop.source.tree / "activity" / "star-map.svg").unlink()
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        rejected = workshop.last()
        assert isinstance(rejected, e.ReleaseRejected)
        assert (rejected.step, rejected.rule) == ("inspect", "bundle.icon-missing")
        assert "bundle.archive-not-zip" in workshop.state().warnings[0]

    def test_and_is_released_again_unchanged_gives_nothing_new(self, workshop: Workshop):
        workshop.source.assets = {"StarMap-1.xo": b"not a zip at all"}
        for _ in range(2):
            workshop.announced()
            workshop.worker.work(RELEASE.stream)
        assert isinstance(workshop.last(), e.ReleaseUnchanged)

    def test_is_none_where_the_host_is_at_fault(self, workshop: Workshop, bundle: bytes):
        """Else a tag that was moved under our hands would be built as though nothing had happened."""
        workshop.source.assets = {"StarMap-1.xo": bundle}

        def attach() -> None:
            shutil.rmtree(workshop.folder / "work")
            workshop.source.assets = {"StarMap-1.xo": b"another"}

        workshop.before("inspect", attach)
        workshop.worker.work(RELEASE.stream)
        assert workshop.of_type(e.ReleaseRejected)[0].rule == "source.moved"
        assert workshop.of_type(e.AssetRefused) == []


class TestVersionsThatDisagree:
    def test_are_a_warning(self, workshop: Workshop, bundle: bytes):
        release = values.announcement("1", "v2")
        workshop.source.assets = {"StarMap-3.xo": bundle}
        workshop.announced(release)
        workshop.worker.work(release.stream)
        assert isinstance(workshop.last(), e.ReleasePublished)
        (warning,) = workshop.of_type(e.BundleInspected)[0].warnings
        assert "The activity_version is 1, but the tag 'v2' states version 2 and" in warning
        assert "the attached file 'StarMap-3.xo' states version 3. (activity.version-disagrees)" in warning

    def test_are_refused_where_the_operator_wants_that(self, workshop: Workshop):
        release = values.announcement("1", "v2")
        workshop.steps = replace(workshop.steps, policy=Policy(version_agreement="strict"))
        workshop.announced(release)
        workshop.worker.work(release.stream)
        rejected = workshop.last()
        assert isinstance(rejected, e.ReleaseRejected)
        assert (rejected.step, rejected.rule) == ("inspect", "activity.version-disagrees")
        assert "'v2'" in rejected.found

    @pytest.mark.parametrize(("tag", "name"), [("v1", "StarMap-1.0.xo"), ("1.0", "StarMap.xo"), ("HEAD.gtk3", "a-7.xo")])
    def test_are_none_where_none_is_stated(self, workshop: Workshop, bundle: bytes, tag: str, name: str):
        release = values.announcement("1", tag)
        workshop.steps = replace(workshop.steps, policy=Policy(version_agreement="strict"))
        workshop.source.assets = {name: bundle}
        workshop.announced(release)
        workshop.worker.work(release.stream)
        assert isinstance(workshop.last(), e.ReleasePublished)
        assert workshop.of_type(e.BundleInspected)[0].warnings == ()


class TestALostWorkspace:
    @pytest.mark.parametrize("step", STEPS[1:])
    def test_is_made_again_with_the_same_content(self, workshop: Workshop, step: str):
        workshop.before(step, lambda: shutil.rmtree(workshop.folder / "work"))
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"
        assert len(workshop.of_type(e.SourceFetched)) == len(workshop.of_type(e.BundleBuilt)) == 1
        assert set(workshop.main.names()) == set(workshop.mirror.names())
        assert len(list(workshop.main.names())) == 1 + len(ICON_PIXELS) + 2

    @pytest.mark.parametrize("step", ["take", "inspect", "store:main", "store:mirror"])
    def test_is_made_again_for_an_attached_bundle(self, workshop: Workshop, bundle: bytes, step: str):
        workshop.source.assets = {"StarMap.xo": bundle}
        workshop.before(step, lambda: shutil.rmtree(workshop.folder / "work"))
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"
        assert len(list(workshop.main.names())) == 1 + len(ICON_PIXELS) + 2

    @pytest.mark.parametrize(
        ("part", "step"),
        [("source.tar", "build"), ("bundle.xo", "inspect"), ("bundle.xo", "store:main"), ("pictures/*/*", "store:main")],
    )
    def test_may_be_spoilt_in_part(self, workshop: Workshop, part: str, step: str):
        def spoil() -> None:
            for path in workshop.workspaces()[0].glob(part):
                path.write_bytes(b"spoilt")

        workshop.before(step, spoil)
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"
        for blob in workshop.of_type(e.BundleStored)[0].objects:
            with workshop.main.open(blob) as kept:
                assert Blob(digest=_sha256(kept.read()), size=blob.size, suffix=blob.suffix) == blob

    def test_may_lack_the_source_when_the_bundle_is_inspected(self, workshop: Workshop):
        """Else its screenshots would be gone without a word."""
        workshop.before("inspect", workshop.lose_the_source)
        workshop.worker.work(RELEASE.stream)
        assert len(workshop.of_type(e.BundleInspected)[0].screenshots) == 2
        assert workshop.source.fetched == 2

    def test_is_not_asked_of_the_host_while_the_bundle_is_there(self, workshop: Workshop):
        workshop.before("store:main", workshop.lose_the_source)
        workshop.worker.work(RELEASE.stream)
        assert (workshop.state().ended, workshop.source.fetched) == ("published", 1)

    @pytest.mark.parametrize("step", ["build", "inspect", "store:mirror"])
    def test_cannot_be_made_again_when_the_tag_was_moved(self, workshop: Workshop, step: str):
        def move() -> None:
            shutil.rmtree(workshop.folder / "work")
            (workshop.source.tree / "new.txt").write_text("moved")

        workshop.before(step, move)
        workshop.worker.work(RELEASE.stream)
        rejected = workshop.last() if step != "store:mirror" else workshop.of_type(e.ReleaseRejected)[-1]
        assert isinstance(rejected, e.ReleaseRejected)
        assert (rejected.rule, rejected.step) == ("source.moved", step)
        assert workshop.workspaces() == []

    def test_nor_when_another_bundle_was_attached(self, workshop: Workshop, bundle: bytes):
        workshop.source.assets = {"StarMap.xo": bundle}

        def attach() -> None:
            shutil.rmtree(workshop.folder / "work")
            workshop.source.assets = {"StarMap.xo": bundle + b"\0"}

        workshop.before("take", attach)
        workshop.worker.work(RELEASE.stream)
        assert workshop.of_type(e.ReleaseRejected)[0].rule == "source.moved"

    def test_is_an_alarm_when_building_again_gives_something_else(self, workshop: Workshop):
        def differ() -> None:
            shutil.rmtree(workshop.folder / "work")
            workshop.builder.spoils = b"\0"

        workshop.before("store:main", differ)
        assert workshop.works().ended == "failed"
        assert "building again gave" in workshop.of_type(e.ReleaseFailed)[0].reason
        assert workshop.of_type(e.StepFailed)[0].kind == "internal"


class TestWhatGoesWrong:
    def test_a_broken_rule_rejects_the_release(self, workshop: Workshop):
        workshop.source.fails = raising(Permanent("tag.gone", "The tag v1 is gone.", "Push it again."))
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        expected = e.ReleaseRejected(
            attempt=1, step="fetch", rule="tag.gone", found="The tag v1 is gone.", cure="Push it again."
        )
        assert workshop.last() == expected

    def test_a_peer_that_is_away_is_tried_again_later(self, workshop: Workshop):
        workshop.source.fails = raising(Transient("the host is away", retry_after=120.0))
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        failed = e.StepFailed(
            attempt=1, step="fetch", kind="transient", error="the host is away", retry_at_us=workshop.now + 120_000_000
        )
        assert workshop.last() == failed
        workshop.worker.work(RELEASE.stream)
        assert workshop.last() == failed
        workshop.now += 120_000_000
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (errno.ENOSPC, "the disk is full; make room on it"),
            (errno.EROFS, "mounted read-only"),
            (errno.EACCES, "permission is denied"),
            (errno.EMFILE, "too many files open"),
        ],
    )
    def test_a_machine_that_fails_is_its_operators_matter(self, workshop: Workshop, number: int, words: str):
        workshop.source.fails = raising(*[OSError(number, os.strerror(number))] * (MAX_ATTEMPTS["internal"] + 1))
        workshop.announced()
        assert workshop.works().ended == "published"
        for failed in workshop.of_type(e.StepFailed):
            assert failed.kind == "transient"
            assert failed.error.startswith(f"the work folder {workshop.folder / 'work'}: ")
            assert words in failed.error

    def test_a_file_in_place_of_the_work_folder_is_too(self, workshop: Workshop):
        (workshop.folder / "work").touch()
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        (failed,) = workshop.of_type(e.StepFailed)
        assert (failed.kind, "a file lies where a folder belongs" in failed.error) == ("transient", True)
        (workshop.folder / "work").unlink()
        assert workshop.works().ended == "published"

    @pytest.mark.parametrize("step", ["fetch", "build", "inspect", "store:mirror"])
    def test_a_mistake_in_the_configuration_waits_for_its_operator(self, workshop: Workshop, logs: list[EventDict], step: str):
        mistake = ConfigError([ConfigProblem("[storage.mirror]", 0, "bucket", "it is not there", "make it")])
        times = MAX_ATTEMPTS["internal"] + 1
        fail = raising(*[mistake] * times)
        match step:
            case "fetch":
                workshop.source.fails = fail
            case "build":
                workshop.builder.fails = fail
            case "inspect":
                workshop.builder.fails_to_inspect = fail
            case _:
                workshop.mirror.fails = fail
        workshop.announced()
        assert workshop.works().ended == "published"
        failed = workshop.of_type(e.StepFailed)
        assert {(one.step, one.kind) for one in failed} == {(step, "transient")}
        assert {one.error for one in failed} == {"[storage.mirror]: bucket: it is not there; make it"}
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["step.misconfigured"] * times

    def test_a_fault_of_ours_is_an_alarm(self, workshop: Workshop, logs: list[EventDict]):
        workshop.builder.fails = raising(*[ZeroDivisionError("division by zero")] * 9)
        workshop.announced()
        assert workshop.works().ended == "failed"
        failed = workshop.last()
        assert isinstance(failed, e.ReleaseFailed)
        assert failed.reason == "build failed 3 times; the last time: ZeroDivisionError: division by zero"
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["step.crashed"] * 3
        assert workshop.builder.built == MAX_ATTEMPTS["internal"]
        assert workshop.workspaces() == []

    def test_a_storage_that_is_away_keeps_what_the_other_has(self, workshop: Workshop):
        workshop.mirror.down = True
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().stored == ("main",)
        workshop.mirror.down = False
        assert workshop.works().ended == "published"
        assert len(workshop.of_type(e.BundleStored)) == 2

    def test_a_storage_that_refuses_is_no_fault_of_the_developer(self, workshop: Workshop):
        def refuse(blob: Blob, path: Path) -> None:
            del path
            raise Permanent("storage.other-bytes", f"{blob.name} has other bytes there.", "Look at the disk.")

        workshop.mirror.put = refuse  # type: ignore[method-assign]
        workshop.announced()
        assert workshop.works().ended == "failed"
        assert "storage.mirror refuses" in workshop.of_type(e.ReleaseFailed)[0].reason
        assert workshop.of_type(e.ReleaseRejected) == []

    @pytest.mark.parametrize("kind", ["source", "builder", "storage"])
    def test_an_instance_that_is_configured_no_more_is_named(self, workshop: Workshop, kind: str):
        instances = {"source": workshop.steps.sources, "builder": workshop.steps.builders, "storage": workshop.steps.storages}[
            kind
        ]
        assert isinstance(instances, dict)
        name = min(instances)
        del instances[name]
        workshop.announced()
        assert workshop.works().ended == "failed"
        assert f"{kind}.{name} was in force when this run began" in workshop.of_type(e.ReleaseFailed)[0].reason

    @pytest.mark.parametrize("error", [Transient("caf\udce9.py is locked"), OSError("caf\udce9.py"), Transient("x" * 100_000)])
    def test_an_error_that_could_not_be_recorded_is_recorded_all_the_same(self, workshop: Workshop, error: Exception):
        workshop.source.fails = raising(error)
        workshop.announced()
        assert workshop.works().ended == "published"
        assert len(workshop.of_type(e.StepFailed)[0].error) <= 2000

    def test_so_is_a_rule(self, workshop: Workshop):
        workshop.source.fails = raising(Permanent("x.y", "There is caf\udce9.py.", "Rename caf\udce9.py."))
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert workshop.of_type(e.ReleaseRejected)[0].found == r"There is caf\udce9.py."

    def test_what_the_log_refuses_is_no_fault_of_the_developer(self, workshop: Workshop, logs: list[EventDict]):
        workshop.source.fails = raising(Permanent("log.event", "The event cannot be recorded.", "Register its type."))
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        (failed,) = workshop.of_type(e.StepFailed)
        assert (failed.kind, failed.step) == ("internal", "fetch")
        assert "log.event" in failed.error
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["step.crashed"]
        assert workshop.works().ended == "published"

    def test_translations_that_are_an_endless_fault_can_be_recorded_and_sent(self, workshop: Workshop):
        long = b'msgid "%s"\nmsgstr "x"\n' % (b"\xff" * 600_000)
        for number in range(150):
            (workshop.source.tree / "po" / f"x{number:03}.po").write_bytes(2 * long if number < 5 else b"broken")
        workshop.announced()
        assert workshop.works().ended == "published"
        told = workshop.of_type(e.SourceFetched)[0].warnings
        assert len(told) == MOST_WARNINGS + 1
        assert told[-1] == "There are 50 more warnings."
        assert sum(map(len, told)) < 100_000


class TestTheLogIsAway:
    def test_while_an_outcome_is_recorded_and_the_claim_stays(self, workshop: Workshop):
        workshop.before("build", workshop.log.close)
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        assert workshop.worker.active() == frozenset()

    def test_while_a_failure_is_recorded(self, workshop: Workshop):
        def fail() -> None:
            workshop.log.close()
            raise ZeroDivisionError

        workshop.source.fails = fail
        workshop.announced()
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        assert workshop.worker.active() == frozenset()

    def test_and_the_next_process_goes_on(self, workshop: Workshop, log_path: Path):
        workshop.before("inspect", workshop.log.close)
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        with EventLog.open(log_path) as log:
            build_logs = BuildLogs(log_path)
            later = Workshop(workshop.folder, log, build_logs, workshop.source, workshop.builder)
            state = later.state()
            assert state.claimed == "inspect"
            later.desk.handle(RELEASE.stream, c.Abandon(attempt=state.attempt, reason="killed"), cause=CAUSE)
            later.worker.work(RELEASE.stream)
            assert later.state().ended == "published"
            assert workshop.source.fetched == workshop.builder.built == 1
            later.endings.close()
            build_logs.close()

    def test_for_a_moment_and_that_is_no_failure_of_the_step(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
        def refuse(*_: object, **__: object) -> None:
            monkeypatch.undo()
            raise LogUnavailable("the disk is full")

        workshop.before("build", lambda: monkeypatch.setattr(workshop.log, "append", refuse))
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        assert workshop.last() == e.StepClaimed(attempt=2, step="build", worker="w")

    def test_and_what_could_not_be_recorded_is_given_up_by_the_worker_itself(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
    ):
        """It lives, so that nobody else would."""

        def refuse(*_: object, **__: object) -> None:
            raise LogUnavailable("the disk is full")

        workshop.before("build", lambda: monkeypatch.setattr(workshop.log, "append", refuse))
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        workshop.worker.settle()
        assert workshop.state().claimed == "build", "it still cannot be recorded"
        monkeypatch.undo()
        workshop.worker.settle()
        reason = "what it came to could not be recorded"
        assert workshop.last() == e.StepAbandoned(attempt=2, step="build", reason=reason)
        assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["claim.given_up"]
        assert workshop.works().ended == "published"
        workshop.worker.settle()
        assert workshop.state().ended == "published"

    def test_and_what_could_not_be_given_up_for_whatever_reason_is_tried_again(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
    ):
        def refuse(*_: object, **__: object) -> None:
            raise LogUnavailable("the disk is full")

        def conflict(*_: object, **__: object) -> None:
            raise Conflict("somebody else was faster")

        workshop.before("build", lambda: monkeypatch.setattr(workshop.log, "append", refuse))
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        monkeypatch.setattr(workshop.desk, "handle", conflict)
        workshop.worker.settle()
        assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["claim.not_given_up"]
        monkeypatch.undo()
        workshop.worker.settle()
        assert workshop.state().claimed is None
        assert workshop.works().ended == "published"

    def test_and_what_another_worker_holds_by_then_is_left_to_it(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
        def refuse(*_: object, **__: object) -> None:
            monkeypatch.undo()
            raise LogUnavailable("the disk is full")

        workshop.before("build", lambda: monkeypatch.setattr(workshop.log, "append", refuse))
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        workshop.desk.handle(RELEASE.stream, c.Abandon(attempt=2, reason="taken for lost"), cause=CAUSE)
        workshop.desk.handle(RELEASE.stream, c.Claim(worker="another", now_us=workshop.now), cause=CAUSE)
        workshop.worker.settle()
        assert workshop.last() == e.StepClaimed(attempt=3, step="build", worker="another")

    def test_and_a_release_that_it_is_at_again_is_not_taken_from_it(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
        def refuse(*_: object, **__: object) -> None:
            monkeypatch.undo()
            raise LogUnavailable("the disk is full")

        workshop.before("build", lambda: monkeypatch.setattr(workshop.log, "append", refuse))
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        workshop.desk.handle(RELEASE.stream, c.Abandon(attempt=2, reason="taken for lost"), cause=CAUSE)
        steps = workshop.worker._perform

        def perform(now: Steps, state: ReleaseState, attempt: int) -> ReleaseState:
            workshop.worker.settle()
            return steps(now, state, attempt)

        workshop.worker._perform = perform  # type: ignore[method-assign]
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"

    def test_for_the_build_log_alone_ends_nothing(self, workshop: Workshop, logs: list[EventDict]):
        def refuse(stream: str, attempt: int, offset_us: int, data: bytes) -> None:
            raise LogUnavailable("the disk is full")

        workshop.build_logs.append = refuse  # type: ignore[method-assign]
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "published"
        assert "build_log.lost" in {entry["event"] for entry in logs}


class TestAnotherIsFaster:
    def test_an_attempt_that_was_given_up_records_nothing(self, workshop: Workshop):
        def give_up() -> None:
            attempt = workshop.state().attempt
            workshop.desk.handle(RELEASE.stream, c.Abandon(attempt=attempt, reason="taken for lost"), cause=CAUSE)
            workshop.another("x").work(RELEASE.stream)

        workshop.before("build", give_up)
        workshop.worker.work(RELEASE.stream)
        assert [built.attempt for built in workshop.of_type(e.BundleBuilt)] == [3]
        assert workshop.state().ended == "published"
        assert workshop.workspaces() == []

    @pytest.mark.parametrize("error", [Transient("away"), Permanent("x.y", "", ""), ZeroDivisionError()])
    def test_nor_does_one_that_failed(self, workshop: Workshop, error: Exception):
        def give_up() -> None:
            attempt = workshop.state().attempt
            workshop.desk.handle(RELEASE.stream, c.Abandon(attempt=attempt, reason="taken for lost"), cause=CAUSE)
            raise error

        workshop.before("build", give_up)
        workshop.worker.work(RELEASE.stream)
        assert not workshop.of_type(e.StepFailed)
        assert workshop.state().ended == "published"

    def test_a_run_that_took_its_place_is_gone_on_with_at_once(self, workshop: Workshop):
        """Its message was answered by this very worker, who was busy with the run before."""

        def replace() -> None:
            workshop.announced()
            workshop.worker.work(RELEASE.stream)

        workshop.before("build", replace)
        workshop.worker.work(RELEASE.stream)
        state = workshop.state()
        assert (state.run, state.ended) == (2, "published")
        assert workshop.workspaces() == []

    def test_a_release_withdrawn_meanwhile_leaves_nothing(self, workshop: Workshop):
        withdraw = c.Withdraw(by="ada", reason="a mistake", hold="host")
        workshop.before("store:mirror", lambda: _ignore(workshop.desk.handle(RELEASE.stream, withdraw, cause=CAUSE)))
        workshop.worker.work(RELEASE.stream)
        assert workshop.state().ended == "withdrawn"
        assert workshop.workspaces() == []

    def test_what_goes_on_elsewhere_leaves_nothing_here_once_it_has_ended(self, workshop: Workshop, tmp_path: Path):
        """It failed here, and was tried again by a worker on another machine."""

        def fail() -> None:
            raise Transient("away")

        workshop.before("build", fail)
        workshop.worker.work(RELEASE.stream)
        assert workshop.workspaces(), "it would have gone on with that"
        workshop.now = workshop.state().retry_at_us
        workshop.on_another_machine(tmp_path / "there").work(RELEASE.stream)
        assert workshop.state().ended == "published"
        assert all_gone(workshop.workspaces)

    def test_nor_does_what_could_not_be_recorded_here(self, workshop: Workshop, tmp_path: Path):
        def lose() -> None:
            raise LogUnavailable("away")

        workshop.before("build", lose)
        with pytest.raises(LogUnavailable):
            workshop.worker.work(RELEASE.stream)
        workshop.worker.settle()
        workshop.on_another_machine(tmp_path / "there").work(RELEASE.stream)
        assert workshop.state().ended == "published"
        assert all_gone(workshop.workspaces)

    def test_a_second_message_for_a_release_at_work_is_answered_at_once(self, workshop: Workshop):
        reached, go_on = threading.Event(), threading.Event()

        def wait() -> None:
            reached.set()
            assert go_on.wait(30)

        workshop.source.fails = wait
        workshop.announced()
        thread = threading.Thread(target=workshop.worker.work, args=(RELEASE.stream,))
        thread.start()
        assert reached.wait(30)
        assert workshop.worker.active() == {RELEASE.stream}
        workshop.worker.work(RELEASE.stream)
        go_on.set()
        thread.join(30)
        assert workshop.worker.active() == frozenset()
        assert workshop.source.fetched == 1
        assert workshop.state().ended == "published"

    def test_a_step_that_says_that_it_was_overtaken_is_not_begun_again(self, workshop: Workshop):
        """Its claim stands; whoever rings next finds it taken."""

        def overtaken() -> None:
            raise StaleAttempt("so it says")

        workshop.source.fails = overtaken
        workshop.announced()
        workshop.worker.work(RELEASE.stream)
        assert (workshop.source.fetched, workshop.state().claimed) == (1, "fetch")

    def test_a_message_for_nothing_does_nothing(self, workshop: Workshop):
        workshop.worker.work("release/github/1/unheard-of")
        assert workshop.log.head() == -1


def test_a_clock_that_is_set_back_leaves_no_negative_times(workshop: Workshop):
    ticks = iter(range(1_000_000_000, 0, -1000))
    worker = Worker(
        workshop.desk, lambda: workshop.steps, workshop.build_logs, "w", workshop.endings, clock=lambda: next(ticks)
    )
    worker.work(workshop.announced())
    offsets = [offset for offset, _ in workshop.build_logs.read(RELEASE.stream, 1)]
    assert offsets
    assert min(offsets) >= 0


def _sha256(data: bytes) -> str:
    return values.blob(data).digest


def _ignore(_: object) -> None:
    return None


def test_a_workspace_that_cannot_be_removed_ends_nothing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no")

    workshop.announced()
    workshop.before("publish", lambda: monkeypatch.setattr(os, "rmdir", refuse))
    workshop.worker.work(RELEASE.stream)
    assert workshop.state().ended == "published"


def lists(workshop: Workshop, builder: ProcessBuilder, owner: str) -> None:
    """Have that builder build, and `setup.py` of that owner run."""
    workshop.builder = builder
    listed = SetupOwners.parse([f"{RELEASE.repository.source}:{owner}"])
    workshop.steps = replace(workshop.steps, builders={"sandbox": builder}, setup_owners=listed)


@pytest.mark.parametrize(
    ("owner", "toolchain", "built"),
    [(RELEASE.repository.owner.upper(), "setup.py", (0, 1)), ("somebody-else", "aslo-packer", (1, 0))],
)
def test_setup_is_run_for_owners_who_are_listed_alone(workshop: Workshop, owner: str, toolchain: str, built: tuple[int, int]):
    builder = SetupRunner()
    lists(workshop, builder, owner)
    workshop.announced()
    assert workshop.works().ended == "published"
    (event,) = workshop.of_type(e.BundleBuilt)
    assert (event.toolchain.name, builder.built, builder.for_listed.built) == (toolchain, *built)
    assert (b"run_setup_for" in workshop.said(event.attempt).encode()) is (toolchain == "setup.py")
    assert builder.inspected == 1


def test_a_builder_that_cannot_run_setup_does_not_pack_in_another_way(workshop: Workshop):
    lists(workshop, ProcessBuilder(), RELEASE.repository.owner)
    workshop.announced()
    assert workshop.works().ended == "failed"
    assert workshop.builder.built == 0
    failed = workshop.of_type(e.StepFailed)[0]
    assert "[builder.sandbox] cannot run a repository's setup.py" in failed.error
