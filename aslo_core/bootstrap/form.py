"""The tables of a configuration as somebody fills them in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aslo_core.bootstrap.asking import Unanswered
from aslo_core.bootstrap.draft import Draft
from aslo_core.bootstrap.offered import Offered, made_of
from aslo_core.config import CoreSettings
from aslo_core.config.findings import Findings
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.config.question import Question
from aslo_core.config.secrets import secret_fields
from aslo_core.config.settings import CORE_TABLES, StorageSettings, core_keys
from aslo_core.config.table import Table
from aslo_core.config.words import dotted, shown
from aslo_core.entry_points import Kind
from aslo_core.errors import ConfigError, ConfigProblem
from aslo_core.plugins import Plugins
from aslo_core.types import Options

_EXAMPLE = re.compile(r"\bexample\.(org|com|net)\b")
"""Hosts that are nobody's (RFC 2606, section 3): what names one shows the form of an answer, and is none."""


@dataclass(frozen=True)
class Form:
    """One table.

    Attributes:
        key: its key.
        model: the class that its plugin, or the core, has for it.
        of_core: the class of keys beside those that the core looks at; None where there are none.
    """

    key: tuple[str, ...]
    model: type[Options]
    of_core: type[Options] | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """Everything that could be asked for: the table's own keys, then the core's."""
        models = (self.model, *([self.of_core] if self.of_core else []))
        return tuple(Question(self.key, model, name) for model in models for name in model.model_fields)

    def question(self, name: str) -> tuple[Question, bool] | None:
        """Find the question for a key, and tell whether the key names a file; None where the table has no such key."""
        for question in self.questions:
            if name == question.name:
                return question, False
            if question.is_secret and name == question.file_key[-1]:
                return question, True
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """Every key that the table may have."""
        return (*(one.name for one in self.questions), *(f"{name}_file" for name in secret_fields(self.model)))

    def to_ask(self, draft: Draft) -> Iterator[Question]:
        """Give the questions that are put: for what has to be there, and for what the draft shows in use."""
        written = draft.table(self.key)
        for question in self.questions:
            is_stated = question.name in written and written[question.name] != question.default
            is_named = question.is_secret and question.file_key[-1] in written
            if question.is_required or is_stated or is_named:
                yield question


def stated(draft: Draft, question: Question) -> object:
    """Give the value that a draft has for a key already, unless that is an example only; None where there is none."""
    value = draft.table(question.table).get(question.name)
    return None if value is None or _EXAMPLE.search(shown(value)) else value


def core_form(table: str) -> Form:
    """The form of one of the core's own tables."""
    return Form((table,), CORE_TABLES[table])


def instance_form(one: Offered, plugins: Plugins) -> Form:
    """The form of a plugin's table.

    Raises:
        Unanswered: the plugin cannot be loaded; says why.
    """
    offer = plugins.offers.get((one.kind, one.use))
    if offer is None:
        raise Unanswered(f"{dotted(one.key)}: {plugins.missing[one.kind, one.use]}")
    of_core: dict[Kind, type[Options]] = {"storage": StorageSettings, "notifier": NoticeFilter}
    return Form(one.key, offer.options, of_core.get(one.kind))


def problems(
    form: Form, one: Offered, draft: Draft, core: CoreSettings, plugins: Plugins, environ: Mapping[str, str]
) -> tuple[ConfigProblem, ...]:
    """Tell what is wrong with the table of a plugin as a whole. The plugin is asked as well, once its options say nothing."""
    findings = Findings(draft.document)
    written = draft.revealed(draft.table(form.key))
    mine = core_keys(one.kind)
    if form.of_core is not None:
        of_core = {name: written[name] for name in form.of_core.model_fields if name in written}
        Table(form.key, of_core, form.of_core, findings).validated(environ, draft.document.path)
    own = {name: value for name, value in written.items() if name not in mine}
    options = Table(form.key, own, form.model, findings, mine).validated(environ, draft.document.path)
    if findings.problems or options is None:
        return tuple(findings.problems)
    try:
        made_of(one, options, plugins, core)
    except ConfigError as reason:
        return reason.problems
    return ()
