"""What `aslo lint` tells GitHub Actions: a workflow command for each finding, shown as an annotation at its file.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from aslo_core.bootstrap.lint import Finding
from aslo_core.cli.lint_report import Report


def as_github(report: Report) -> str:
    """Write a line for each finding, and one that says how it ended."""
    return "\n".join([*(_command(report, finding) for finding in report.linted.findings), report.summary()])


def _command(report: Report, finding: Finding) -> str:
    given = {"file": report.place(finding), "title": finding.rule}
    properties = ",".join(f"{name}={_property(value)}" for name, value in given.items() if value)
    address = report.address(finding.rule)
    text = f"{finding.found} {finding.cure}" + (f" See {address}" if address else "")
    return f"::{finding.level} {properties}::{_data(text)}"


def _data(text: str) -> str:
    """Escape what would end a message, and the sign that escapes begin with."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end a property as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
