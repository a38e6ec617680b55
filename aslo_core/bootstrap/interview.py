"""Makes a configuration of the reference by questions. What flags have answered is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aslo_core.bootstrap.asking import Prompt, Respondent, Unanswered
from aslo_core.bootstrap.draft import Draft
from aslo_core.bootstrap.filling import Filling
from aslo_core.bootstrap.form import Form, core_form, instance_form, problems
from aslo_core.bootstrap.given import Given
from aslo_core.bootstrap.offered import Offered, offered, works_here
from aslo_core.config import validate, validate_core
from aslo_core.config.explain import one_of
from aslo_core.config.question import Question
from aslo_core.config.settings import CORE_TABLES
from aslo_core.config.words import dotted
from aslo_core.entry_points import KINDS, Kind
from aslo_core.plugins import load, used

_NONE = "none"
_WEBHOOKS = "Code hosts whose webhooks bring releases here (`aslo submit` takes any public git repository in any case)"
_SENTENCES: Mapping[Kind, str] = MappingProxyType(
    {
        "source": _WEBHOOKS,
        "builder": "What builds bundles",
        "storage": "Where bundles are kept; a release is published when every one of these has it",
        "notifier": "What tells developers how their releases went, beside ASLO's own pages",
    }
)
_LOGS = MappingProxyType({"sqlite": "a file of SQLite in that folder", "postgresql": "a PostgreSQL database, which is there"})
_BROKERS = MappingProxyType({"memory": "within one process", "redis": "a Redis, with a database that nothing else uses"})


class Interview:
    """Questions and answers, from the reference to a configuration.

    Args:
        draft: the reference, with the path that it is to have.
        given: answers that are known.
        respondent: gives the others.
        environ: the environment, for `${VARIABLE}`.
    """

    def __init__(self, draft: Draft, given: Given, respondent: Respondent, environ: Mapping[str, str]) -> None:
        self._offered = {kind: offered(draft.document, kind) for kind in KINDS}
        self._given = given
        self._respondent = respondent
        self._environ = environ
        self._filling = Filling(draft, given, respondent, environ)

    def conduct(self) -> tuple[Draft, tuple[Question, ...]]:
        """Ask everything.

        Returns:
            the whole configuration; and the secret of each source that a code host has to be told.

        Raises:
            Unanswered: a flag is wrong, or nobody answers what has no default.
            ConfigError: with everything that does not fit together.
        """
        for (table, name), text in self._given.keys.items():
            if why := self._filling.refusal_of_given(self._form(table), name, text):
                raise Unanswered(f"--set {dotted((*table, name))}: {why}")
        for core in CORE_TABLES:
            self._filling.take_given(core_form(core))
        here = validate_core(self._filling.draft.whole(), self._environ).public_url()
        self._core("server", "public_url", default=here)
        self._core("data", "path")
        if self._of_core("log", "What holds the log", _LOGS, ("data", "log_url")) == "postgresql":
            self._core("data", "log_url", needed=True)
        if self._of_core("broker", "The doorbell between dispatcher and workers", _BROKERS, ("broker", "url")) == "redis":
            self._filling.draft = self._filling.draft.without_key(("broker", "url"))
            self._core("broker", "url", needed=True)
        by_hand = [one for one in self._offered["source"] if one.is_on]
        for one in by_hand:
            self._filling.take_given(self._form(one.key))
        chosen = [one for kind in KINDS for one in self._instances(kind)]
        self._refuse_unused_flags([*by_hand, *chosen])
        whole = self._filling.draft.whole()
        plugins = load(used(whole))
        validate(whole, plugins.options(), self._environ, plugins.missing)
        webhooks = (question for one in chosen if one.kind == "source" for question in self._form(one.key).questions)
        return self._filling.draft, tuple(question for question in webhooks if question.chosen_here)

    def _form(self, table: tuple[str, ...]) -> Form:
        if len(table) == 1 and table[0] in CORE_TABLES:
            return core_form(table[0])
        offers = [one for of_kind in self._offered.values() for one in of_kind]
        found = next((one for one in offers if one.key == table), None)
        if found is None:
            names = [*CORE_TABLES, *(dotted(one.key) for one in offers)]
            raise Unanswered(f"--set: there is no table {dotted(table)}; {one_of(dotted(table), names)}")
        return instance_form(found, load({(found.kind, found.use)}))

    def _core(self, table: str, name: str, *, needed: bool = False, default: str = "") -> None:
        question = Question((table,), CORE_TABLES[table], name)
        if not self._filling.is_given(question):
            self._filling.ask(question, needed=needed, default=default)

    def _of_core(self, name: str, sentence: str, options: Mapping[str, str], key: tuple[str, str]) -> str:
        """Choose what the value of a key is to be like; empty where a flag gave that value."""
        question = Question(key[:1], CORE_TABLES[key[0]], key[1])
        if self._filling.is_given(question):
            return ""
        (chosen,) = self._choose(name, sentence, options, (next(iter(options)),))
        return chosen

    def _instances(self, kind: Kind) -> tuple[Offered, ...]:
        """Choose plugins of a kind, and fill in their tables.

        What is enabled in the reference goes off when it is not chosen, but for sources: what is on there takes no webhooks.
        """
        offers = tuple(one for one in self._offered[kind] if kind != "source" or not one.is_on)
        words, default = self._words(kind, offers)
        several = kind != "builder"
        uses = self._choose(kind, _SENTENCES[kind], words, default, several=several, or_none=kind in ("source", "notifier"))
        chosen = tuple(one for one in offers if one.use in uses)
        filling = self._filling
        for one in offers:
            if one not in chosen:
                filling.draft = filling.draft.with_key((*one.key, "enabled"), value=False) if one.is_on else filling.draft
                continue
            if not one.is_there:
                filling.draft = filling.draft.with_table(one.key, one.use)
            elif not one.is_on:
                filling.draft = filling.draft.with_key((*one.key, "enabled"), value=True)
            self._fill(one, is_new=one.use not in default)
        if kind == "builder":
            filling.draft = filling.draft.with_key(("build", "builder"), chosen[0].name)
        return chosen

    def _fill(self, one: Offered, *, is_new: bool) -> None:
        filling = self._filling
        plugins = load({(one.kind, one.use)})
        form = instance_form(one, plugins)
        filling.take_given(form)
        for question in form.to_ask(filling.draft):
            if not filling.is_given(question):
                filling.ask(question)
        core = validate_core(filling.draft.whole(), self._environ)
        filling.ask_further(
            form, lambda draft: problems(form, one, draft, core, plugins, self._environ), is_new=is_new and bool(form.questions)
        )

    def _words(self, kind: Kind, offers: tuple[Offered, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
        """Tell of each plugin what it is, and of builders whether they work here; and which are the default."""
        words = {one.use: one.summary for one in offers}
        default = tuple(one.use for one in offers if one.is_on)
        if kind == "source":
            default = tuple(one.use for one in offers if one.name == "github")
        if kind == "builder" and kind not in self._given.choices and self._respondent.attended:
            core = validate_core(self._filling.draft.whole(), self._environ)
            plugins = load({(one.kind, one.use) for one in offers})
            working = {one.use: works_here(one, plugins, core) for one in offers}
            words = {use: f"{words[use]}. On this machine: {found}" for use, (_, found) in working.items()}
            works = tuple(use for use, (good, _) in working.items() if good)
            default = tuple(use for use in default if use in works) or works[:1] or default
        return words, default

    def _choose(
        self,
        name: str,
        sentence: str,
        options: Mapping[str, str],
        default: tuple[str, ...],
        *,
        several: bool = False,
        or_none: bool = False,
    ) -> tuple[str, ...]:
        def wrong(names: tuple[str, ...]) -> str:
            unknown = [one for one in names if one not in options]
            if unknown:
                return f"{unknown[0]!a}; {one_of(unknown[0], [*options, *([_NONE] if or_none else [])])}"
            if not names and not or_none:
                return "one has to be chosen"
            return "only one can be chosen" if len(names) > 1 and not several else ""

        def read(names: tuple[str, ...]) -> tuple[str, ...]:
            return () if names == (_NONE,) and or_none else tuple(dict.fromkeys(names))

        flag = f"--{name} {'|'.join([*options, *([_NONE] if or_none else [])])}"
        if (given := self._given.choices.get(name)) is not None:
            if why := wrong(read(given)):
                raise Unanswered(f"--{name}: {why}")
            return read(given)
        prompt = Prompt(
            key=name,
            sentence=sentence,
            explanation=("Several are written with commas between them.",) * several + (f"By flag: {flag}",),
            flag=flag,
            default=", ".join(default) or (_NONE if or_none else ""),
            choices={**options, **({_NONE: ""} if or_none else {})},
        )
        while True:
            text = self._respondent.ask(prompt)
            names = read(tuple(text.replace(",", " ").split())) if text else default
            why = wrong(names)
            if not why:
                return names
            self._respondent.refuse(prompt, why)

    def _refuse_unused_flags(self, enabled: list[Offered]) -> None:
        """Raise where a flag fills in what is not enabled."""
        off = [one for of_kind in self._offered.values() for one in of_kind if one not in enabled]
        for table, name in self._given.keys:
            use = next((one.use for one in off if one.key == table), None)
            if use is not None:
                raise Unanswered(f"--set {dotted((*table, name))}: that table is off; choose it with --{table[0]} {use}")
        sources = (self._form(one.key) for one in enabled if one.kind == "source")
        if self._given.owners and not any(form.question("owners") for form in sources):
            raise Unanswered("--owner: no source is chosen that knows accounts; choose one with --source")
