"""The forms in which `aslo lint` tells what it found: sound for those who read them, whatever a developer wrote.

GitHub: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; its runner looks for a command at
the beginning of a line, after white space. SARIF: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the checks
below are the required properties, types and values of its schema for the objects that are used here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bootstrap.lint import Linted, refusal, warning
from aslo_core.bundle.warning import BundleWarning
from aslo_core.cli.lint_github import as_github
from aslo_core.cli.lint_json import as_json
from aslo_core.cli.lint_report import Report
from aslo_core.cli.lint_sarif import as_sarif
from aslo_core.cli.lint_text import as_text
from aslo_core.errors import Permanent
from aslo_core.rules import rulebook

SITE = "https://aslo.example"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
COMMAND = re.compile(r"::(?P<level>error|warning) (?P<properties>[^:]*(?:=[^:]*)?)::(?P<message>.*)")
HOSTILE = [
    "::error::taken over",
    "\n::set-output name=x::y",
    "\r\n##[add-mask]x",
    "100% %0A::warning::x",
    "a:b,c=d::",
    "\x1b]0;title\x07\x1b[31mred\x9b1m",
    "\u202eedoc\u2066",
    "\udcff\ud800",
    '"}]}\\',
    "{0} [look here](https://evil.example)",
    "</script><b>",
]

codes = st.sampled_from(sorted(rulebook().by_code))
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from([*HOSTILE, "%", ":", ",", "\n", " "]), max_size=5).map("".join),
)
findings = st.one_of(
    st.builds(lambda *told: refusal(Permanent(*told[:3], file=told[3])), codes, texts, texts, texts),
    st.builds(lambda *told: warning(BundleWarning(*told)), codes, texts, texts),
)


def report(*found: Any, path: Path = Path("/"), site: str = SITE) -> Report:
    return Report(path, Linted(findings=found, inspection=None), site)


BROKEN = refusal(Permanent("bundle.icon-empty", "It is 100% empty: a, b.", "Draw it.", file="activity/a:b,c%.svg"))
ODD = warning(BundleWarning("bundle.info-hidden", "It is hidden.", "activity/activity.info"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "maze").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path("maze")


def test_text_says_what_to_do_and_where_to_read_more(checkout: Path) -> None:
    assert as_text(report(BROKEN, ODD, path=checkout)).splitlines() == [
        "error bundle.icon-empty: It is 100% empty: a, b.",
        "  What to do: Draw it.",
        "  See https://aslo.example/rules/bundle.icon-empty",
        "warning bundle.info-hidden: It is hidden.",
        "  What to do: Remove the line, unless that is what you want.",
        "  See https://aslo.example/rules/bundle.info-hidden",
        "A rule is broken, with 1 warning.",
    ]
    assert "See" not in as_text(report(BROKEN, path=checkout, site=""))


@given(st.lists(findings, max_size=5))
def test_no_line_of_text_acts_upon_a_terminal_or_is_a_command(found: list[Any]) -> None:
    text = as_text(report(*found))
    assert not ACTING.search(text.replace("\n", ""))
    lines = text.split("\n")
    assert len(lines) == 3 * len(found) + 1
    assert not any(line.lstrip().startswith("::") for line in lines)


@given(st.lists(findings, max_size=5))
def test_json_tells_every_finding(found: list[Any]) -> None:
    told = json.loads(as_json(report(*found)))
    assert told["ok"] is False
    assert [(one["level"], one["rule"], one["found"], one["cure"], one["file"]) for one in told["findings"]] == [
        (one.level, one.rule, one.found, one.cure, one.file) for one in found
    ]
    assert all(one["rule_url"] == f"{SITE}/rules/{one['rule']}" for one in told["findings"])


def test_github_gets_a_command_for_each_finding_with_the_file_from_where_it_runs(checkout: Path) -> None:
    assert as_github(report(BROKEN, ODD, path=checkout)).splitlines() == [
        (
            "::error file=maze/activity/a%3Ab%2Cc%25.svg,title=bundle.icon-empty::It is 100%25 empty: a, b. Draw it. "
            "See https://aslo.example/rules/bundle.icon-empty"
        ),
        (
            "::warning file=maze/activity/activity.info,title=bundle.info-hidden::It is hidden. "
            "Remove the line, unless that is what you want. See https://aslo.example/rules/bundle.info-hidden"
        ),
        "A rule is broken, with 1 warning.",
    ]


def unescaped(text: str) -> str:
    """As the runner does it: the sign that begins an escape comes last."""
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


@given(st.lists(findings, max_size=5))
def test_github_reads_exactly_what_was_found(found: list[Any]) -> None:
    *lines, end = as_github(report(*found)).split("\n")
    assert end == report(*found).summary()
    assert len(lines) == len(found)
    for line, finding in zip(lines, found, strict=True):
        assert not set(line) & set(LINE_ENDS)
        command = COMMAND.fullmatch(line)
        assert command is not None, line
        properties = dict(part.split("=", 1) for part in command["properties"].split(","))
        assert set(properties) <= {"file", "title"}
        assert (command["level"], unescaped(properties["title"])) == (finding.level, finding.rule)
        assert unescaped(properties.get("file", "")) == report().place(finding)
        assert unescaped(command["message"]) == f"{finding.found} {finding.cure} See {SITE}/rules/{finding.rule}"


def check_sarif(text: str) -> dict[str, Any]:
    """Hold a log against the schema's demands, and return its only run."""
    log = json.loads(text)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert set(driver) == {"name", "semanticVersion", "rules"}
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", driver["semanticVersion"])
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert set(rule) >= {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration"}
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert urlsplit(rule.get("helpUri", SITE)).scheme == "https"
    for result in run["results"]:
        assert set(result) == {"ruleId", "ruleIndex", "level", "message", "locations"}
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("warning", "error")
        assert result["message"]["text"]
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", artifact["uri"].removeprefix("file://"))
        assert (artifact.get("uriBaseId") == "%SRCROOT%") == (not artifact["uri"].startswith("file:///"))
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    return run  # type: ignore[no-any-return]


def shown(message: str) -> str:
    """As a viewer shows a message: doubled braces are one; single ones would be a placeholder (3.11.5, 3.11.6)."""
    assert re.fullmatch(r"(?:[^{}]|\{\{|\}\})*", message), message
    assert "](" not in message
    return message.replace("{{", "{").replace("}}", "}").replace("]\u200b(", "](")


@given(st.lists(findings, max_size=5), st.sampled_from([SITE, ""]))
def test_sarif_keeps_its_schema(found: list[Any], site: str) -> None:
    run = check_sarif(as_sarif(report(*found, site=site)))
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [(one.rule, one.level) for one in found]
    assert [shown(result["message"]["text"]) for result in run["results"]] == [f"{one.found} {one.cure}" for one in found]
    assert all(rule.get("helpUri", "") == (site and f"{SITE}/rules/{rule['id']}") for rule in run["tool"]["driver"]["rules"])


def test_sarif_names_files_from_where_it_runs_and_something_for_what_has_none(checkout: Path) -> None:
    of_all = warning(BundleWarning("source.translation-built", "It is tracked."))
    run = check_sarif(as_sarif(report(BROKEN, ODD, of_all, path=checkout)))
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert places == ["maze/activity/a%3Ab%2Cc%25.svg", "maze/activity/activity.info", "maze/activity/activity.info"]
    assert unquote(places[0]) == "maze/activity/a:b,c%.svg"
    assert run["results"][2]["level"] == "warning"


def test_what_is_in_a_bundle_stands_at_the_bundle(checkout: Path) -> None:
    (checkout / "Maze-1.xo").touch()
    run = check_sarif(as_sarif(report(BROKEN, path=checkout / "Maze-1.xo")))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "maze/Maze-1.xo"
    assert "file=maze/Maze-1.xo," in as_github(report(BROKEN, path=(checkout / "Maze-1.xo").resolve()))


def test_what_lies_elsewhere_is_named_in_full(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = checkout.resolve()
    monkeypatch.chdir("/")
    monkeypatch.chdir(elsewhere)
    assert report(ODD, path=elsewhere.parent).place(ODD) == f"{elsewhere.parent}/activity/activity.info"
    run = check_sarif(as_sarif(report(ODD, path=elsewhere.parent)))
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == f"file://{elsewhere.parent}/activity/activity.info"


def test_where_nothing_is_found_code_scanning_is_told_so() -> None:
    assert check_sarif(as_sarif(report()))["results"] == []
