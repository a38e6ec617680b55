"""Whatever the files of `deploy/` name is there: commands, options, variables, files, services."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from aslo_core.bootstrap.configuration import configure_core
from aslo_core.testing.services import missing
from tests.deploy.conftest import DEPLOY, ROOT, parsed

UNITS = sorted((DEPLOY / "systemd").iterdir())
TOML = DEPLOY / "compose" / "aslo.toml"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::[?-][^}]*)?\}")


def ours(compose: Any) -> dict[str, Any]:
    """The services that run ASLO."""
    return {name: service for name, service in compose["services"].items() if service["image"] == "aslo"}


def test_every_command_is_one(compose: Any) -> None:
    commands = {name: parsed(service["command"]).info_name for name, service in ours(compose).items()}
    assert commands == {"upgrade": "upgrade", "web": "web", "live": "live", "conductor": "conductor", "worker": "worker"}
    with pytest.raises(click.UsageError):
        parsed(["web", "--no-such-option"])


def test_every_variable_is_one_that_is_read(compose: Any) -> None:
    in_file = set(VARIABLE.findall(TOML.read_text()))
    for name, service in ours(compose).items():
        of_command = {parameter.envvar for parameter in parsed(service["command"]).command.params}
        assert set(service["environment"]) == in_file | ({"ASLO_DB_ADMIN"} & of_command), name
    role = (DEPLOY / "compose" / "role.sh").read_text()
    assert set(compose["services"]["postgres"]["environment"]) == {"POSTGRES_DB", "POSTGRES_PASSWORD", "ASLO_DB_PASSWORD"}
    assert '"$ASLO_DB_PASSWORD"' in role
    assert '"$POSTGRES_DB"' in role


def test_the_page_tells_every_variable() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    page = (ROOT / "docs" / "how-to" / "several-machines.md").read_text()
    asked_for = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    assert asked_for <= set(re.findall(r"^([A-Z_]+)=", page, re.MULTILINE))
    assert set(VARIABLE.findall(text)) <= set(re.findall(r"\b([A-Z_]+)=", page))


def test_one_service_builds_the_image(compose: Any) -> None:
    """Several that build one name at a time are in each other's way: `image "aslo": already exists`."""
    assert [name for name, service in compose["services"].items() if "build" in service] == ["upgrade"]
    reached = {name for name, service in ours(compose).items() if "upgrade" in service["depends_on"]}
    assert reached == set(ours(compose)) - {"upgrade"}


def test_the_worker_may_make_the_sandbox_of_builds(compose: Any) -> None:
    """What the builder's page says that a container needs for it."""
    needed = re.findall(r"--security-opt (\S+=unconfined)", (ROOT / "plugins" / "builder_bubblewrap" / "README.md").read_text())
    assert len(needed) == 2
    assert set(needed) <= set(compose["services"]["worker"]["security_opt"])


def test_services_and_volumes_refer_to_each_other(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", volume).split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in compose["volumes"], volume
    hosts = set(re.findall(r"(?:@|//)(\w+)(?::\d+)?/", TOML.read_text()))
    assert hosts <= set(compose["services"])
    nginx = (DEPLOY / "compose" / "nginx.conf").read_text()
    assert "resolver 127.0.0.11 " in nginx
    assert re.findall(r"set \$(\w+) (\w+);", nginx) == [("web", "web"), ("live", "live")]
    listened = re.findall(r"port = (\d+)", TOML.read_text())
    assert re.findall(r"proxy_pass http://\$(\w+):(\d+);", nginx) == [("web", listened[0]), ("live", listened[1])]


def test_what_is_copied_into_the_image_can_be_installed(tmp_path: Path) -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = [word for line in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE) for word in line.split()]
    assert {"aslo_core", "migrations", "plugins", "requirements.txt", "Makefile"} <= set(copied)
    assert re.search(r"^\.venv/run:|^\$\(VENV\)/run:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    opt = tmp_path / "opt"
    opt.mkdir()
    for name in copied:
        (opt / name).symlink_to(ROOT / name)
    build = "from hatchling.build import build_editable; build_editable('wheels')"
    made = subprocess.run([sys.executable, "-c", build], cwd=opt, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def test_the_configuration_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLE.findall(TOML.read_text()):
        monkeypatch.setenv(name, "https://aslo.example" if name == "ASLO_PUBLIC_URL" else "s3cretOfMany1etters")
    settings = configure_core(TOML)
    assert settings.data_path == Path("/var/lib/aslo")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_start_what_there_is(unit: Path, tmp_path: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert program == "/opt/aslo/.venv/bin/aslo"
    assert parsed(arguments).info_name == unit.stem.removeprefix("aslo-")
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed: install the package systemd")
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace(program, sys.executable))
    verified = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (verified.returncode, [line for line in verified.stderr.splitlines() if unit.name in line]) == (0, [])
