from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Self

import pytest
from pydantic import Field, field_validator, model_validator

from aslo_core.config import Settings, read, validate
from aslo_core.entry_points import Kind
from aslo_core.errors import ConfigError
from aslo_core.types import Options, Secret


class Corner(Options):
    """A table within a table."""

    x: int
    y: int = 0


class Vault(Options):
    """A table within a table that holds a secret."""

    key: Secret


class SampleOptions(Options):
    """One field of every shape that a plugin may have."""

    path: Path
    """Folder of everything. The second sentence is for the documentation alone."""

    secret: Secret
    """What nobody may see."""

    older: tuple[Secret, ...] = ()
    """Secrets from before."""

    token: Secret | None = None
    """A secret that need not be."""

    owners: tuple[str, ...] = Field(default=("sugarlabs",), min_length=1)
    """Who may, in a sentence that is broken
    over two lines."""

    counts: tuple[int, ...] = ()
    """Numbers."""

    retries: int = Field(default=3, ge=1, le=9)
    """How often."""

    seconds: float = Field(default=1.5, gt=0)
    """How long."""

    mode: Literal["auto", "sandbox"] = "auto"
    """Which one."""

    quiet: bool = False
    """Whether nothing is said."""

    corner: Corner | None = None
    """Where."""

    vault: Vault | None = None
    """What is locked away."""

    @field_validator("secret", "token", mode="after")
    @classmethod
    def _chatty(cls, value: Secret | None) -> Secret | None:
        if value is not None and "bad" in value.get_secret_value():
            raise ValueError(f"{value.get_secret_value()} is a bad secret")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.quiet and self.token is not None:
            raise ValueError(f"quiet goes with no token, and {self.token.get_secret_value()} is one")
        return self


PLUGINS: dict[tuple[Kind, str], type[Options]] = {
    ("source", "sample"): SampleOptions,
    ("storage", "sample"): SampleOptions,
    ("notifier", "corner"): Corner,
    ("builder", "plain"): Options,
    ("source", "plain"): Options,
    ("storage", "plain"): Options,
}

REST = '[source.one]\nuse = "plain"\n[builder.sandbox]\nuse = "plain"\n[storage.one]\nuse = "plain"\n'
"""What a configuration needs beside the table that a test is about."""


class Configurations:
    """Writes configurations and validates them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "aslo.toml"
        self.mode = 0o600

    def settings(self, text: str, environ: Mapping[str, str] | None = None) -> Settings:
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(self.mode)
        return validate(read(self.path), PLUGINS, environ or {}, {("storage", "gone"): "no such storage plugin is installed"})

    def problems(self, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """Give every problem as an operator reads it, without the folder."""
        with pytest.raises(ConfigError) as caught:
            self.settings(text, environ)
        assert str(caught.value) == "\n".join(map(str, caught.value.problems))
        return [str(problem).removeprefix(f"{self.path.parent}/") for problem in caught.value.problems]

    def sample(self, lines: str) -> str:
        """A configuration with these lines from line 10 on, in a table of SampleOptions that is complete but for them."""
        given = {line.partition("=")[0].strip() for line in lines.splitlines()}
        rest = [line for line in ('path = "p"', 'secret = "s3cret"') if line.partition(" ")[0] not in given]
        rest = [line for line in rest if f"{line.partition(' ')[0]}_file" not in given]
        table = "\n".join(['[storage.main]\nuse = "sample"', lines, *rest])
        return f"{REST}#\n{table}\n"


@pytest.fixture
def configurations(tmp_path: Path) -> Configurations:
    return Configurations(tmp_path)


@pytest.fixture
def told(configurations: Configurations) -> Callable[..., list[str]]:
    """Give the problems of a sample table with these lines, the first of which is line 10."""

    def problems_of(lines: str, environ: Mapping[str, str] | None = None) -> list[str]:
        return [
            problem.removeprefix("aslo.toml:").replace(": storage.main.", ": ", 1)
            for problem in configurations.problems(configurations.sample(lines), environ)
        ]

    return problems_of
