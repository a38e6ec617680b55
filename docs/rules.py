"""The page of all rules."""

from __future__ import annotations

from aslo_core.rules import Rule, rulebook

_RULES = """\
<!-- Made by `make docs` of the files in aslo_core/rules/: mend those, not this page. -->
# Rules

A release that breaks a rule is rejected: it ends there, nothing is published, and its developer is told the rule's code,
what was found and what to do. What is marked as a warning is told as well, and the release goes on. The same codes come
from `aslo lint`. Codes are stable: programs may rely on them. Every ASLO has this list at `/rules`, and a page for each
code below it, such as `/rules/bundle.icon-missing`.

Rules that begin with `bundle.` are checked in the bundle, whether it was built here or attached; those that begin with
`source.` while the source is fetched and packed; `activity.` and `asset.` by the core; `build.` by the builder. The last
section is for operators: developers meet those only when something is wrong on this side.
"""


def rules() -> str:
    """Render the page of all rules."""
    sections = [_RULES]
    for section in rulebook().sections:
        text = f"{section.text}\n\n" if section.text else ""
        rows = "".join(_rule(rule) for rule in section.rules)
        sections.append(f"## {section.title}\n\n{text}| code | cause | cure |\n| --- | --- | --- |\n{rows}")
    return "\n".join(sections)


def _rule(rule: Rule) -> str:
    warning = " Warning." if rule.kind == "warning" else ""
    cause, cure = (text.replace("|", "\\|") for text in (rule.cause, rule.cure))
    return f"| `{rule.code}` | {cause}{warning} | {cure} |\n"
