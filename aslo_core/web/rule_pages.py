"""What the codes of rules mean: a list of all of them, and a page for each, to which comments and other pages link."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, abort

from aslo_core.projections.addresses import rule_path
from aslo_core.rules import Kind, Rule, Section, rulebook
from aslo_core.types import Value
from aslo_core.web.negotiation import respond


class RuleAnswer(Value):
    """One rule. `kind` is `refusal`, `warning` or `operators`: the release ends there, goes on, or has no part in it."""

    code: str
    kind: Kind
    cause: str
    cure: str
    section: str
    section_text: str
    section_url: str
    page_url: str


class SectionAnswer(Value):
    """Rules that belong together. `name` is the anchor of its heading."""

    name: str
    title: str
    text: str
    rules: tuple[RuleAnswer, ...]


class RulesAnswer(Value):
    """All rules, by section."""

    sections: tuple[SectionAnswer, ...]


def rules_blueprint() -> Blueprint:
    """`/rules`, and below it a page for each code."""
    blueprint = Blueprint("rules", __name__, url_prefix="/rules")
    blueprint.add_url_rule("", "all", _all)
    blueprint.add_url_rule("/<code>", "one", _one)
    return blueprint


def _all() -> Response:
    return respond("rules.html", RulesAnswer(sections=_sections()))


def _one(code: str) -> Response:
    found = next((rule for section in _sections() for rule in section.rules if rule.code == code), None)
    if found is None:
        perhaps = "It may be spelt otherwise, or be one of a plugin, whose own pages explain it."
        abort(HTTPStatus.NOT_FOUND, f"No rule {code} is known to this ASLO. {perhaps}")
    return respond("rule.html", found)


def _sections() -> tuple[SectionAnswer, ...]:
    return tuple(
        SectionAnswer(
            name=section.name,
            title=section.title,
            text=section.text,
            rules=tuple(_rule(rule, section) for rule in section.rules),
        )
        for section in rulebook().sections
    )


def _rule(rule: Rule, section: Section) -> RuleAnswer:
    return RuleAnswer(
        code=rule.code,
        kind=rule.kind,
        cause=rule.cause,
        cure=rule.cure,
        section=section.title,
        section_text=section.text,
        section_url=f"/rules#{section.name}",
        page_url=rule_path(rule.code),
    )
