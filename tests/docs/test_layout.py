"""What is said of the code's layout is what it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.docs.conftest import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS: list[str] = CONTRACTS[0]["layers"]


def modules() -> set[str]:
    """The packages and modules of the core."""
    found = {
        path.stem for path in Path(ROOT / "aslo_core").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    return found - {"__init__"}


def test_the_layers_are_those_that_are_checked() -> None:
    architecture = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    assert f"`{' → '.join(layer.replace('aslo_core.', '') for layer in LAYERS)}`" in architecture


def test_every_part_but_what_others_use_is_kept_from_what_is_for_others() -> None:
    assert {name.removeprefix("aslo_core.") for name in CONTRACTS[1]["source_modules"]} == modules() - {"api", "testing"}


def test_the_readme_names_every_part() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The code")[2].partition("\n## ")[0]
    named = {name.removeprefix("aslo_core/").removesuffix("/").removesuffix(".py") for name in re.findall(r"`([^`]+)`", table)}
    assert modules() - named == set()
