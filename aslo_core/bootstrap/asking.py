"""How questions are put, and who answers them when nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn, Protocol

from aslo_core.errors import AsloError


class Unanswered(AsloError):
    """A question has no answer, or a wrong one, and nobody is there to be asked. The text names the flag that answers it."""


@dataclass(frozen=True)
class Prompt:
    """A question as it is put.

    Attributes:
        key: what is asked for.
        sentence: what that is.
        explanation: what is told on `?`.
        flag: what answers it on the command line.
        default: in words, what an empty answer takes; empty where there has to be one.
        hidden: whether the answer must not be seen.
        choices: what may be chosen, each with a few words.
    """

    key: str
    sentence: str
    explanation: Iterable[str]
    flag: str
    default: str
    hidden: bool = False
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Respondent(Protocol):
    """Who answers."""

    attended: bool
    """Whether that is somebody who reads."""

    def ask(self, prompt: Prompt) -> str:
        """Give the answer, without white space around it; empty to take the default."""

    def refuse(self, prompt: Prompt, why: str) -> None:
        """Tell why an answer cannot be taken; the question is put again."""


class Nobody:
    """Takes every default."""

    attended = False

    def ask(self, prompt: Prompt) -> str:
        """Take the default."""
        del prompt
        return ""

    def refuse(self, prompt: Prompt, why: str) -> NoReturn:
        """Say which flag would answer.

        Raises:
            Unanswered: always.
        """
        raise Unanswered(f"{prompt.key}: {why}; answer it with {prompt.flag}")
