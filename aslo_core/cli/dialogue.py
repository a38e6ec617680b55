"""Questions and answers at a terminal, or line by line on standard input."""

from __future__ import annotations

import io
import sys
import termios
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aslo_core.bootstrap.asking import Prompt

_ASKED_FOR_HELP = "?"


class Dialogue:
    """Asks whoever sits there. `?` explains; an empty line takes the default."""

    attended = True

    def __init__(self) -> None:
        self._asked: Prompt | None = None

    def ask(self, prompt: Prompt) -> str:
        """Put a question until there is an answer that is a plain text.

        Raises:
            EOFError: the input ended.
        """
        if prompt is not self._asked:
            self._introduce(prompt)
            self._asked = prompt
        default = f" [{prompt.default}]" if prompt.default else ""
        shown = f"{prompt.key}{default}{' (not shown)' if prompt.hidden else ''}: "
        while True:
            text = (_hidden(shown) if prompt.hidden else input(shown)).strip()
            if text == _ASKED_FOR_HELP:
                for line in prompt.explanation:
                    click.echo(f"  {line}")
            elif any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
                self.refuse(prompt, "an answer is text in UTF-8 without control characters")
            else:
                return text

    def _introduce(self, prompt: Prompt) -> None:
        click.echo(f"\n{prompt.sentence}.")
        widest = max(map(len, prompt.choices), default=0)
        for name, about in prompt.choices.items():
            click.echo(f"  {name:<{widest}}  {about}".rstrip())

    def refuse(self, prompt: Prompt, why: str) -> None:
        """Tell why an answer is not taken."""
        click.echo(f"  {prompt.key}: {why}" if prompt.key.strip("[]") not in why else f"  {why}")


def listen() -> Dialogue:
    """Begin to ask: lines can be edited at a terminal, and bytes that are no text are told as such."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    if sys.stdin.isatty():
        import readline  # noqa: F401 - input() uses it once it is there

    return Dialogue()


def _hidden(shown: str) -> str:
    """Read a line that the terminal does not show."""
    if not sys.stdin.isatty():
        return input(shown)
    with _without_echo(sys.stdin.fileno()):
        click.echo(shown, nl=False)
        line = sys.stdin.readline()
    click.echo()
    if not line:
        raise EOFError
    return line


@contextmanager
def _without_echo(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
