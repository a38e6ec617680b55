"""Fills in a draft: by what flags gave, and by asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aslo_core.bootstrap.asking import Prompt, Respondent
from aslo_core.bootstrap.draft import Draft
from aslo_core.bootstrap.form import Form, stated
from aslo_core.bootstrap.given import Given
from aslo_core.config.explain import one_of
from aslo_core.config.question import Question
from aslo_core.config.secrets import variables_in
from aslo_core.config.table import is_public
from aslo_core.config.words import dotted, shown
from aslo_core.errors import ConfigProblem

_NEEDED = "there has to be an answer"
_ON_COMMAND_LINE = "a secret on a command line can be seen by everybody on this machine"


class Filling:
    """Puts answers into a draft; each is held against what the file may have before it is taken.

    Args:
        draft: what there is.
        given: answers of flags.
        respondent: gives the others.
        environ: the environment, for `${VARIABLE}`.
    """

    def __init__(self, draft: Draft, given: Given, respondent: Respondent, environ: Mapping[str, str]) -> None:
        self.draft = draft
        self._given = given
        self._respondent = respondent
        self._environ = environ

    def refusal_of_given(self, form: Form, name: str, text: str) -> str:
        """Say why a flag's answer cannot be taken; empty where it can."""
        found = form.question(name)
        if found is None:
            return f"unknown key; {one_of(name, form.names)}"
        question, names_file = found
        if names_file:
            return "" if self._is_to_be_made(question, text) else self._refusal(question, text, named_file=True)
        is_shown = bool(variables_in(text)) or (question.default is not None and is_public(text))
        if question.is_secret and not is_shown:
            return f"{_ON_COMMAND_LINE}; write {question.file_key[-1]}=PATH, or '{name}=${{VARIABLE}}'"
        return self._refusal(question, question.read(text))

    def take_given(self, form: Form) -> None:
        """Put the flags' answers for one table into the draft."""
        for name, text in self._given.of(form.key).items():
            found = form.question(name)
            if found is None:
                continue  # owners, of a source that knows none
            question, names_file = found
            if not names_file:
                other = question.file_key[-1] if question.is_secret else ""
                self.draft = self.draft.with_key(question.key, question.read(text), instead_of=other)
                continue
            self.draft = self.draft.with_key(question.file_key, text, instead_of=question.name)
            if question.chosen_here is not None and self._is_to_be_made(question, text):
                self.draft = self.draft.with_secret(question, question.chosen_here.choose())

    def is_given(self, question: Question) -> bool:
        """Whether a flag answers a question."""
        return not {question.name, question.file_key[-1]}.isdisjoint(self._given.of(question.table))

    def ask(self, question: Question, *, needed: bool | None = None, default: str = "") -> None:
        """Ask until an answer can be taken.

        Args:
            question: what is asked for.
            needed: whether there has to be an answer; None where the options class says so.
            default: what holds without an answer, in other words than those of the options class.
        """
        needed = question.is_required if needed is None else needed
        whole = dotted(question.key)
        flag = f"--set {dotted(question.file_key)}=PATH" if question.is_secret else f"--set {whole}=VALUE"
        prompt = Prompt(
            key=whole,
            sentence=question.sentence,
            explanation=_explained(question, self.draft, flag),
            flag=flag,
            default=default or self._default(question, needed=needed),
            hidden=question.is_secret,
        )
        while why := self._refused(question, self._respondent.ask(prompt), needed=needed):
            self._respondent.refuse(prompt, why)

    def ask_further(self, form: Form, find: Callable[[Draft], Sequence[ConfigProblem]], *, is_new: bool) -> None:
        """Ask until a table is right as a whole.

        Args:
            form: the table.
            find: tells what is wrong with it.
            is_new: whether keys that are not needed are offered, too.
        """
        table = dotted(form.key)
        about = [f"{question.name}: {question.sentence}" for question in form.questions]
        while True:
            found = find(self.draft)
            prompt = Prompt(
                key=f"[{table}]",
                sentence="Which key is to be answered anew" if found else "Another key of this table",
                explanation=(*about, f"By flag: --set {table}.KEY=VALUE"),
                flag=f"--set {table}.KEY=VALUE",
                default="" if found else "no more",
            )
            if found:
                self._respondent.refuse(prompt, "; ".join(f"{one.key}: {one.found}; {one.allowed}" for one in found))
                wrong = [question for question in form.questions if dotted(question.key) in {one.key for one in found}]
                for question in wrong:
                    self.ask(question)
                if wrong:
                    continue
            elif not is_new or not self._respondent.attended:
                return
            name = self._respondent.ask(prompt)
            if not name and not found:
                return
            named = form.question(name)
            if named is not None:
                self.ask(named[0])
            elif name:
                self._respondent.refuse(prompt, f"unknown key; {one_of(name, [one.name for one in form.questions])}")

    def _default(self, question: Question, *, needed: bool) -> str:
        """Say what an empty answer takes; nothing where there has to be an answer."""
        if question.is_secret:
            if self._was_answered(question):
                return "what was answered before"
            file = self.draft.secret_file(question)
            if self._exists(file):
                return f"what {file} holds"
            if question.chosen_here is not None:
                return f"a new one, in {file}"
            return "" if needed else "none"
        value = stated(self.draft, question)
        if value is None:
            value = None if needed else question.default
        if value in (None, "", []):
            return "" if needed else "none"
        return ", ".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else shown(value)

    def _refused(self, question: Question, text: str, *, needed: bool) -> str:
        """Take an answer, or say why not."""
        if not text:
            return self._refused_default(question, needed=needed)
        value = question.read(text)
        if why := self._refusal(question, value):
            return why
        if not question.is_secret or variables_in(text):
            other = question.file_key[-1] if question.is_secret else ""
            self.draft = self.draft.with_key(question.key, value, instead_of=other)
            return ""
        file = self.draft.secret_file(question)
        if self._exists(file):
            return f"{file} is here already, and stays as it is; take what it holds, or remove it first"
        self.draft = self.draft.with_secret(question, tuple(value) if isinstance(value, list) else text)
        return ""

    def _refused_default(self, question: Question, *, needed: bool) -> str:
        if not question.is_secret:
            if stated(self.draft, question) is None:
                self.draft = self.draft.without_key(question.key)
                return _NEEDED if needed else ""
            return ""
        if self._was_answered(question):
            return ""
        file = self.draft.secret_file(question)
        if self._exists(file):
            if why := self._refusal(question, file, named_file=True):
                return why
            self.draft = self.draft.with_key(question.file_key, file, instead_of=question.name)
        elif question.chosen_here is not None:
            self.draft = self.draft.with_secret(question, question.chosen_here.choose())
        elif needed:
            return _NEEDED
        else:
            self.draft = self.draft.without_key(question.file_key).without_key(question.key)
        return ""

    def _was_answered(self, question: Question) -> bool:
        written = self.draft.table(question.table)
        return stated(self.draft, question) is not None or written.get(question.file_key[-1]) in self.draft.secrets

    def _is_to_be_made(self, question: Question, file: str) -> bool:
        return question.chosen_here is not None and not self._exists(file) and not variables_in(file)

    def _exists(self, file: str) -> bool:
        return (self.draft.document.path.parent / file).exists()

    def _refusal(self, question: Question, value: object, *, named_file: bool = False) -> str:
        return question.refusal(value, self.draft.document.path, self._environ, named_file=named_file)


def _explained(question: Question, draft: Draft, flag: str) -> tuple[str, ...]:
    if not question.is_secret:
        return question.meaning, f"By flag: {flag}"
    file = draft.secret_file(question)
    how = f"It is written to {file}, which only you may read. ${{VARIABLE}} takes it from the environment of ASLO."
    return question.meaning, how, f"By flag: {flag}"
