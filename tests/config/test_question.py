"""A question for a key takes what the key takes in the file, and says in the same words why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest

from aslo_core.config.question import Question
from aslo_core.types import ChosenHere, Options, Secret
from tests.config.conftest import SampleOptions


class Chosen(Options):
    """A secret that ASLO may choose."""

    secret: Annotated[Secret, ChosenHere(lambda: "chosen")]
    """What webhooks are signed with. Enter it on the host."""


def question(name: str) -> Question:
    return Question(("storage", "one"), SampleOptions, name)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("path", "/srv/123", "/srv/123"),
        ("path", "123", "123"),
        ("path", '"a b"', "a b"),
        ("retries", "5", 5),
        ("retries", "five", "five"),
        ("seconds", "0.5", 0.5),
        ("quiet", "true", True),
        ("owners", "ada, grace", ["ada", "grace"]),
        ("owners", '["ada"]', ["ada"]),
        ("owners", "12", ["12"]),
        ("counts", "1, 2", [1, 2]),
        ("mode", "sandbox", "sandbox"),
        ("secret", '"quoted"', '"quoted"'),
        ("secret", "a, b", "a, b"),
        ("older", "a, b", ["a", "b"]),
        ("token", "12", "12"),
    ],
)
def test_an_answer_needs_no_quotes_and_no_brackets(name: str, text: str, value: object):
    assert question(name).read(text) == value


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("retries", 10, "10; it must be at most 9 (How often)"),
        ("retries", "five", '"five"; it must be a whole number (How often)'),
        ("mode", "other", '"other"; it must be "auto" or "sandbox" (Which one)'),
        ("owners", [], "[]; it must not be empty (Who may, in a sentence that is broken over two lines)"),
        ("path", "~/x", '"~/x", and ~ stands for no folder here; write the whole path, or "${HOME}/…"'),
        ("token", "${NOWHERE}", "the environment variable NOWHERE is not set; set NOWHERE, or write the value here"),
        ("retries", 5, ""),
        ("token", "${SOMEWHERE}", ""),
    ],
)
def test_a_wrong_answer_is_refused_in_the_words_of_a_check(name: str, value: object, why: str):
    assert question(name).refusal(value, Path("aslo.toml"), {"SOMEWHERE": "x"}) == why


def test_a_file_for_a_secret_has_to_be_there(tmp_path: Path):
    (tmp_path / "there").write_text("s3cret\n")
    asked, config = question("token"), tmp_path / "aslo.toml"
    assert asked.refusal("there", config, {}, named_file=True) == ""
    assert '"nowhere" is not there' in asked.refusal("nowhere", config, {}, named_file=True)


def test_what_is_asked_is_told_by_the_options_class():
    asked = Question(("source", "one"), Chosen, "secret")
    assert (asked.sentence, asked.is_required, asked.is_secret) == ("What webhooks are signed with", True, True)
    assert asked.meaning.endswith("Enter it on the host.")
    assert asked.chosen_here is not None
    assert asked.chosen_here.choose() == "chosen"
    assert question("secret").chosen_here is None
    assert (question("owners").default, question("path").default, question("retries").default) == (["sugarlabs"], None, 3)


def test_secrets_that_aslo_chooses_are_never_the_same():
    assert len(bytes.fromhex(ChosenHere().choose())) == 32
    assert ChosenHere().choose() != ChosenHere().choose()
