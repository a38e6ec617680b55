"""What `aslo lint` tells people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from aslo_core.bootstrap.lint import Finding
from aslo_core.cli.lint_report import Report


def as_text(report: Report) -> str:
    """Write lines; what developers wrote never begins one, so that none can be taken for a command to whoever reads along."""
    lines = [line for finding in report.linted.findings for line in _finding(report, finding)]
    found = report.linted.inspection
    lines.append(report.summary())
    if found is not None:
        about = found.metadata
        lines.append(
            f"It is {about.name} {about.version} ({about.bundle_id}): {found.entries} files, {about.toolkit}, "
            f"Sugar {about.min_sugar} or newer."
        )
    return "\n".join(lines)


def _finding(report: Report, finding: Finding) -> Iterator[str]:
    yield f"{finding.level} {finding.rule}: {finding.found}"
    yield f"  What to do: {finding.cure}"
    if address := report.address(finding.rule):
        yield f"  See {address}"
