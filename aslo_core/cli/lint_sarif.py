"""What `aslo lint` tells code scanning: SARIF 2.1.0, with what GitHub asks for beyond it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from aslo_core import __version__
from aslo_core.bootstrap.lint import Finding
from aslo_core.bundle.activity_info import FILE
from aslo_core.cli.lint_report import Report
from aslo_core.rules import rulebook
from aslo_core.types import Value

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class _Part(Value, rename="camel", omit_defaults=True):
    """Root of the objects below; their names and fields are the standard's."""


class _Message(_Part):
    text: str


class _Configuration(_Part):
    level: str


class _Rule(_Part):
    id: str
    short_description: _Message
    full_description: _Message
    help: _Message
    default_configuration: _Configuration
    help_uri: str = ""


class _Driver(_Part):
    name: str
    semantic_version: str
    rules: tuple[_Rule, ...]


class _Tool(_Part):
    driver: _Driver


class _Artifact(_Part):
    uri: str
    uri_base_id: str = ""


class _Region(_Part):
    start_line: int


class _PhysicalLocation(_Part):
    artifact_location: _Artifact
    region: _Region


class _Location(_Part):
    physical_location: _PhysicalLocation


class _Result(_Part):
    rule_id: str
    rule_index: int
    level: str
    message: _Message
    locations: tuple[_Location, ...]


class _Run(_Part):
    tool: _Tool
    column_kind: str
    results: tuple[_Result, ...]


class _Sarif(_Part):
    schema: str = msgspec.field(name="$schema")
    version: str
    runs: tuple[_Run, ...]


def as_sarif(report: Report) -> str:
    """Write one log with one run, whose results are the findings."""
    findings = report.linted.findings
    codes = list(dict.fromkeys(finding.rule for finding in findings))
    run = _Run(
        tool=_Tool(
            driver=_Driver(name="aslo lint", semantic_version=__version__, rules=tuple(_rule(report, code) for code in codes))
        ),
        column_kind="unicodeCodePoints",
        results=tuple(_result(report, finding, codes.index(finding.rule)) for finding in findings),
    )
    return msgspec.json.encode(_Sarif(schema=_SCHEMA, version="2.1.0", runs=(run,))).decode()


def _rule(report: Report, code: str) -> _Rule:
    rule = rulebook().by_code[code]
    return _Rule(
        id=code,
        short_description=_message(rule.cause),
        full_description=_message(rule.cause),
        help=_message(rule.cure),
        default_configuration=_Configuration(level="warning" if rule.kind == "warning" else "error"),
        help_uri=report.address(code),
    )


def _result(report: Report, finding: Finding, index: int) -> _Result:
    return _Result(
        rule_id=finding.rule,
        rule_index=index,
        level=finding.level,
        message=_message(f"{finding.found} {finding.cure}"),
        locations=(_location(report, finding),),
    )


def _message(text: str) -> _Message:
    """A plain text message that shows exactly this text.

    In one, `{0}` is a placeholder, and `[text](address)` a link (sections 3.11.5 and 3.11.6), which an invisible space breaks.
    """
    return _Message(text=text.replace("{", "{{").replace("}", "}}").replace("](", "]\N{ZERO WIDTH SPACE}("))


def _location(report: Report, finding: Finding) -> _Location:
    """Where it is; GitHub shows no result without a file and a line, so that what concerns all stands at activity.info."""
    place = report.place(finding) or report.place(msgspec.structs.replace(finding, file=FILE))
    uri = quote(place)  # a colon too, which would make a scheme of what stands before it
    artifact = _Artifact(uri=f"file://{uri}") if place.startswith("/") else _Artifact(uri=uri, uri_base_id="%SRCROOT%")
    return _Location(physical_location=_PhysicalLocation(artifact_location=artifact, region=_Region(start_line=1)))
