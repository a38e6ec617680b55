"""The start finds out by trying what this machine can do, and says it when that is less than a sandbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from aslo_builder_bubblewrap import BubblewrapOptions, aslo_builders
from aslo_builder_bubblewrap.builder import ConfinedBuilder
from aslo_builder_bubblewrap.choice import choose, create, trial
from aslo_builder_bubblewrap.confinement import Confinement
from aslo_builder_bubblewrap.restricted import Restricted
from aslo_builder_bubblewrap.runtime import Runtime
from aslo_builder_bubblewrap.sandbox import Sandbox
from structlog.testing import capture_logs

from aslo_core.api import (
    BuildLimits,
    BuildRequest,
    ConfigError,
    ConfinedProgram,
    Context,
    Transient,
    confined,
    inspector_program,
    packer_program,
    packer_toolchain,
)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(name="default", directory=tmp_path, data=tmp_path, public_url="http://127.0.0.1")


@pytest.fixture
def broken(runtime: Runtime) -> Sandbox:
    return Sandbox(Path("/bin/false"), "bubblewrap 0.0", runtime, privileged=False)


def test_offers_a_builder_of_the_name_bubblewrap() -> None:
    (offer,) = aslo_builders()
    assert (offer.name, offer.options, offer.create) == ("bubblewrap", BubblewrapOptions, create)


def test_a_working_sandbox_is_taken_without_a_word(system_sandbox: Confinement, context: Context) -> None:
    with capture_logs() as logs:
        builder = create(BubblewrapOptions(), context)
    assert builder.isolation.level == "sandbox"
    assert builder.isolation.detail.startswith("bubblewrap ")
    assert [entry for entry in logs if entry["log_level"] != "debug"] == []


def test_the_second_program_is_taken_where_the_first_does_not_work(
    wheel_sandbox: Confinement, broken: Sandbox, context: Context, runtime: Runtime
) -> None:
    assert isinstance(wheel_sandbox, Sandbox)
    assert choose(BubblewrapOptions(), context, [broken, wheel_sandbox], runtime, packer_program()) is wheel_sandbox


def test_without_a_sandbox_the_start_says_what_is_less_and_what_to_do(
    broken: Sandbox, context: Context, runtime: Runtime
) -> None:
    with capture_logs() as logs:
        chosen = choose(BubblewrapOptions(), context, [broken], runtime, packer_program())
    assert chosen.isolation.level == ("landlock" if confined.landlock.abi() else "process")
    (entry,) = logs
    assert (entry["event"], entry["log_level"]) == ("builder.isolation_reduced", "warning")
    assert entry["isolation"] == chosen.isolation.level
    assert "bubblewrap 0.0" in entry["because"]
    assert "install the package bubblewrap" in entry["cure"]


def test_an_operator_who_insists_is_told_why_it_cannot_be(broken: Sandbox, context: Context, runtime: Runtime) -> None:
    with pytest.raises(ConfigError, match=r"isolation: no sandbox can be made .*bubblewrap 0\.0"):
        choose(BubblewrapOptions(isolation="sandbox"), context, [broken], runtime, packer_program())


def test_an_operator_without_any_program_is_told_so(context: Context, runtime: Runtime) -> None:
    with pytest.raises(ConfigError, match="no bwrap program was found"):
        choose(BubblewrapOptions(isolation="sandbox"), context, [], runtime, packer_program())


def test_a_named_program_that_is_not_there_is_a_configuration_error(context: Context) -> None:
    with pytest.raises(ConfigError, match=r"program: .*missing/bwrap"):
        create(BubblewrapOptions(program=Path("missing/bwrap")), context)


def test_a_trial_tells_the_last_thing_that_was_said(bare: Confinement, tmp_path: Path) -> None:
    (tmp_path / "hollow.py").write_text("import a_module_that_nobody_has")
    program = ConfinedProgram(module="hollow", readable=(tmp_path / "hollow.py",), roots=(tmp_path,))
    assert trial(bare, program) == "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"


def test_a_sandbox_that_stops_working_later_is_transient(broken: Sandbox, system_sandbox: Confinement, tmp_path: Path) -> None:
    (tmp_path / "source.tar").write_bytes(bytes(10240))
    request = BuildRequest(source=tmp_path / "source.tar", bundle=tmp_path / "bundle.xo", limits=BuildLimits())
    assert isinstance(system_sandbox, Sandbox)
    for sandbox in (broken, replace(system_sandbox, bwrap=broken.bwrap), replace(broken, bwrap=Path("/missing"))):
        builder = ConfinedBuilder(sandbox, packer_program(), inspector_program(), packer_toolchain())
        with pytest.raises(Transient, match="could not be"):
            builder.build(request, lambda _: None)
    assert [file.name for file in tmp_path.iterdir()] == ["source.tar"]


def test_a_restricted_process_says_what_holds_it(runtime: Runtime) -> None:
    assert Restricted(runtime, 0, privileged=True).isolation.detail == "resource limits, as nobody"
    assert Restricted(runtime, 3, privileged=False).isolation.detail == "Landlock ABI 3"
    assert Restricted(runtime, 4, privileged=False).isolation.detail == "Landlock ABI 4, no TCP"
