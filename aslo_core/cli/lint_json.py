"""What `aslo lint` tells programs. Fields are only ever added."""

from __future__ import annotations

import msgspec

from aslo_core.cli.lint_report import Report
from aslo_core.types import Metadata, Value


class _Finding(Value):
    level: str
    rule: str
    found: str
    cure: str
    file: str
    rule_url: str


class _Answer(Value):
    ok: bool
    findings: tuple[_Finding, ...]
    content_digest: str
    metadata: Metadata | None


def as_json(report: Report) -> str:
    """Write one object: whether all rules are kept, what was found, and what is inside where it was looked at to the end."""
    findings = tuple(
        _Finding(**msgspec.structs.asdict(finding), rule_url=report.address(finding.rule)) for finding in report.linted.findings
    )
    found = report.linted.inspection
    answer = _Answer(
        ok=found is not None,
        findings=findings,
        content_digest=found.content_digest if found else "",
        metadata=found.metadata if found else None,
    )
    return msgspec.json.encode(answer).decode()
