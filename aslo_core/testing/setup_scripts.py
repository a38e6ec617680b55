"""What every builder has to do that runs `setup.py` of repositories: a suite that a plugin's tests adopt by a class.

Example::

    class TestSetup(SetupContract):
        @pytest.fixture
        def builder(self) -> Builder:
            return create(MyOptions(), Context(...))

Adopt `BuilderContract` for `builder.running_setup()` as well, and `ReachContract` with a `SetupCell` of it.
"""

from __future__ import annotations

import io
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from aslo_core.api import AsloError, Builder, BuildLimits, Permanent, RunsSetup
from aslo_core.testing.builder import SOURCE, Build
from aslo_core.testing.jail import Attack
from aslo_core.testing.processes import all_gone, command_lines_with

_ROOT = "PaintBox.activity/"
_RUNS = "python3 setup.py dist_xo\n"
_USUAL = "from sugar3.activity import bundlebuilder\nbundlebuilder.start()\n"
_GENERATES = 'from pathlib import Path\nPath("data/words.txt").write_text("made by setup.py")\n'


def with_setup(script: str, files: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The small activity, with another `setup.py` and further files."""
    return {**SOURCE, **(files or {}), "setup.py": textwrap.dedent(script).encode()}


class SetupCell:
    """Runs hostile programs as the `setup.py` of a source.

    Args:
        builder: one that runs `setup.py`.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder

    def run(self, code: str, limits: BuildLimits = BuildLimits(wall_seconds=30)) -> Attack:  # noqa: B008
        """See `Cell.run`. What it writes to standard output and to standard error goes into the log alike."""
        error: AsloError | None = None
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            build = Build(self._builder, Path(folder))
            try:
                build.of(with_setup(code), limits)
            except AsloError as reason:
                error = reason
        log = build.log.decode("utf-8", "replace")
        return Attack(log.partition(_RUNS)[2].rpartition('{"rule"')[0], log, error, time.monotonic() - begun)


class SetupContract:
    """Adopt by a subclass that overrides the fixture `builder`."""

    @pytest.fixture
    def builder(self) -> Builder:
        """Override this: the builder under test, as it is where nobody is listed."""
        raise NotImplementedError("override the fixture `builder`")

    @pytest.fixture
    def setup(self, builder: Builder) -> Builder:
        """What it gives for owners who are listed."""
        assert isinstance(builder, RunsSetup)
        return builder.running_setup()

    @pytest.fixture
    def build(self, setup: Builder, tmp_path: Path) -> Build:
        """Gives a build in a folder of its own."""
        return Build(setup, tmp_path)

    def test_its_name_is_recorded(self, builder: Builder, setup: Builder) -> None:
        """An auditor can tell whether code of the repository was run; all else is as in other builds."""
        assert setup.toolchain.name == "setup.py" != builder.toolchain.name
        assert setup.toolchain.image == builder.toolchain.image
        assert setup.isolation == builder.isolation

    def test_only_what_is_given_for_it_runs_it(self, builder: Builder, build: Build, tmp_path: Path) -> None:
        """Where the owner is not listed, no line of `setup.py` is ever executed."""
        (tmp_path / "usual").mkdir()
        usual = Build(builder, tmp_path / "usual")
        source = with_setup('raise SystemExit("executed")')
        assert usual.of(source)
        assert b"executed" not in usual.log
        with pytest.raises(Permanent, match="executed"):
            build.of(source)

    def test_what_it_generates_is_in_the_bundle(self, build: Build) -> None:
        """It may change its copy of the source before Sugar's builder packs that."""
        packed = files_in(build.of(with_setup(_GENERATES + _USUAL, {"data/words.txt": b"old"})))
        assert packed["data/words.txt"] == b"made by setup.py"
        assert packed.keys() == {*SOURCE, "data/words.txt"}

    def test_what_git_does_not_track_is_packed_only_if_it_sees_to_that(self, build: Build) -> None:
        """As in a clone: Sugar's builder packs what git tracks. It may pack more, or pack by itself."""
        assert "data/words.txt" not in files_in(build.of(with_setup(_GENERATES + _USUAL)))
        more = """
            listed = bundlebuilder.Packager.get_files_in_git
            bundlebuilder.Packager.get_files_in_git = lambda self, root=None: [*listed(self, root), "data/words.txt"]
        """
        imported, started = _USUAL.splitlines(keepends=True)
        build.bundle.unlink()
        script = _GENERATES + imported + textwrap.dedent(more) + started
        assert files_in(build.of(with_setup(script)))["data/words.txt"] == b"made by setup.py"

    def test_a_bundle_of_its_own_making_is_normalised(self, build: Build) -> None:
        """However it was packed, the same files give the same bytes; a mode of its own stays."""
        packs = """
            import os, zipfile
            os.mkdir("dist")
            with zipfile.ZipFile("dist/own.xo", "w") as bundle:
                for name in {names}:
                    bundle.write(name, "Own.activity/" + name)
                tool = zipfile.ZipInfo("Own.activity/bin/tool", ({year}, 2, 3, 4, 5, 6))
                tool.external_attr = 0o100755 << 16
                bundle.writestr(tool, "#!")
        """
        one = build.of(with_setup(packs.format(names='["activity/activity.info", "activity.py"]', year=1999)))
        build.bundle.unlink()
        other = build.of(with_setup(packs.format(names='["activity.py", "activity/activity.info"]', year=2020)))
        assert one == other
        with zipfile.ZipFile(io.BytesIO(one)) as bundle:
            modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in bundle.infolist()}
        assert modes == {
            "Own.activity/activity.py": 0o644,
            "Own.activity/activity/activity.info": 0o644,
            "Own.activity/bin/tool": 0o755,
        }

    def test_translations_are_compiled_and_stand_once(self, build: Build) -> None:
        """Sugar's builder runs in the source itself, where its translations do not count as tracked."""
        german = b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Paint Box"\nmsgstr "Malkasten"\n'
        packed = files_in(build.of({**SOURCE, "po/de.po": german}))
        assert b"Malkasten" in packed["locale/de/activity.linfo"]
        assert b"twice" not in build.log

    def test_without_one_the_source_is_refused(self, build: Build) -> None:
        """Nothing is packed in another way than the operator wants."""
        with pytest.raises(Permanent) as caught:
            build.of({name: content for name, content in SOURCE.items() if name != "setup.py"})
        assert caught.value.rule == "build.setup-missing"

    def test_one_that_fails_is_refused_by_what_it_said_last(self, build: Build) -> None:
        """All that it said is in the log."""
        with pytest.raises(Permanent) as caught:
            build.of(with_setup('print("first words")\nopen("data/colours.csv")'))
        assert caught.value.rule == "build.setup-failed"
        assert "status 1: FileNotFoundError: " in caught.value.found
        assert "data/colours.csv" in caught.value.found
        assert b"first words\nTraceback" in build.log
        assert not build.bundle.exists()

    def test_one_that_ends_itself_is_refused(self, build: Build) -> None:
        """By a signal, in the middle of a line."""
        with pytest.raises(Permanent) as caught:
            build.of(with_setup('import os\nos.write(2, b"half a line")\nos.abort()'))
        assert caught.value.rule == "build.setup-failed"
        assert "signal 6: half a line" in caught.value.found

    @pytest.mark.parametrize(
        "script",
        [
            "",
            "import os\nos.mkdir('dist')\nopen('dist/Paint.zip', 'w').close()",
            "import os\nos.makedirs('dist/Paint.xo')",
            "import os\nos.mkdir('dist')\nos.symlink('/dev/zero', 'dist/Paint.xo')",
        ],
    )
    def test_one_that_makes_no_bundle_is_refused(self, build: Build, script: str) -> None:
        """A folder or a link is none; nor is one that was committed."""
        with pytest.raises(Permanent) as caught:
            build.of(with_setup(script, {"dist/Old-1.xo": b"PK"}))
        assert caught.value.rule == "build.setup-no-bundle"

    def test_one_that_makes_several_is_refused_with_their_names(self, build: Build) -> None:
        """Nobody guesses which is meant."""
        with pytest.raises(Permanent) as caught:
            build.of(with_setup(_USUAL + "import shutil\nshutil.copy('dist/PaintBox-7.xo', 'dist/Other.xo')"))
        assert caught.value.rule == "build.setup-several-bundles"
        assert "'Other.xo', 'PaintBox-7.xo'" in caught.value.found

    def test_one_that_makes_something_else_is_refused(self, build: Build) -> None:
        """Its archive is read as strictly as an attached one."""
        with pytest.raises(Permanent) as caught:
            build.of(with_setup("import os\nos.mkdir('dist')\nopen('dist/Paint.xo', 'w').write('PK')"))
        assert caught.value.rule.startswith("bundle.archive-")

    def test_one_that_wants_the_network_fails(self, build: Build) -> None:
        """There is none; whether the kernel finds no way or forbids it first is all the same."""
        with pytest.raises(Permanent, match=r"Network is unreachable|Permission denied") as caught:
            build.of(with_setup("import urllib.request\nurllib.request.urlopen('http://192.0.2.1/colours.csv')"))
        assert caught.value.rule == "build.setup-failed"

    @pytest.mark.parametrize("defence", ["", "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)"])
    def test_an_endless_loop_is_ended_by_its_processor_time(self, build: Build, defence: str) -> None:
        """The limit of a build holds for it, and is named."""
        with pytest.raises(Permanent) as caught:
            build.of(with_setup(f"{defence}\nwhile True: pass"), BuildLimits(cpu_seconds=1))
        assert caught.value.rule == "build.cpu-limit"

    def test_an_endless_wait_is_ended_by_the_clock(self, build: Build) -> None:
        """Also where a process that it left holds on to the log."""
        script = "import os, signal\nif os.fork() == 0:\n    os.setsid()\n    signal.pause()\n" + _USUAL
        with pytest.raises(Permanent) as caught:
            build.of(with_setup(script), BuildLimits(wall_seconds=3))
        assert caught.value.rule == "build.time-limit"

    def test_more_memory_than_there_may_be_is_refused(self, build: Build) -> None:
        """By Python, whose last word is quoted."""
        with pytest.raises(Permanent, match="MemoryError") as caught:
            build.of(with_setup("hoard = [bytes(10_000_000) for _ in range(1000)]"), BuildLimits(memory_bytes=200 << 20))
        assert caught.value.rule == "build.setup-failed"

    def test_more_space_than_there_may_be_is_refused(self, build: Build) -> None:
        """By the kernel, whose word is quoted."""
        script = "with open('/tmp/all', 'wb', buffering=0) as file:\n    while file.write(bytes(100_000)): pass"
        with pytest.raises(Permanent, match=r"No space left|File too large"):
            build.of(with_setup(script), BuildLimits(scratch_bytes=4 << 20))

    def test_what_it_leaves_behind_dies_with_the_build(self, build: Build) -> None:
        """A process that has left its session and lets go of the log."""
        marker = f"left-{uuid4().hex}"
        script = f"""
            import subprocess, sys
            sleeps = [sys.executable, "-c", "import signal; signal.pause()", {marker!r}]
            null = subprocess.DEVNULL
            left = subprocess.Popen(sleeps, start_new_session=True, stdin=null, stdout=null, stderr=null)
        """
        assert build.of(with_setup(textwrap.dedent(script) + _USUAL))
        assert all_gone(lambda: command_lines_with(marker))

    def test_the_program_around_it_is_out_of_its_reach(self, build: Build) -> None:
        """It cannot write past that into the builder's pipes."""
        script = "import os\nopen(f'/proc/{os.getppid()}/fd/1', 'wb').write(b'forged')\n" + _USUAL
        with pytest.raises(Permanent, match="PermissionError") as caught:
            build.of(with_setup(script))
        assert caught.value.rule == "build.setup-failed"

    def test_to_end_the_program_around_it_makes_no_bundle(self, build: Build) -> None:
        """That is told as what it is, an end from outside."""
        with pytest.raises(AsloError):
            build.of(with_setup(_USUAL.replace("start()", "start") + "import os\nos.kill(os.getppid(), 15)"))
        assert not build.bundle.exists()


def files_in(bundle: bytes) -> dict[str, bytes]:
    """Files of a bundle of the small activity, by their paths below its root."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name.removeprefix(_ROOT): archive.read(name) for name in archive.namelist()}
