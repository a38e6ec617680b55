"""`aslo lint`: checkouts, bundles, and what is neither. What its formats promise is in test_lint_formats.py."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from aslo_core.bootstrap.lint import Linted, lint
from aslo_core.bundle.inspection import Inspection
from aslo_core.errors import AsloError
from tests.cli.conftest import EXAMPLES, Shell

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(tree: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "-C", tree, *who, *arguments], check=True, capture_output=True, env=CLEAN)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    tree = tmp_path / "star-map"
    shutil.copytree(EXAMPLES / "star-map", tree, ignore=shutil.ignore_patterns("__pycache__"))
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "-m", "first")
    return tree


def inspected(checkout: Path) -> Inspection:
    found = lint(checkout).inspection
    assert found is not None
    return found


def told(linted: Linted) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.rule, finding.file) for finding in linted.findings]


def test_a_clean_checkout_keeps_all_rules_without_a_warning(checkout: Path):
    assert lint(checkout).findings == ()
    assert inspected(checkout).metadata.bundle_id == "org.aslo.StarMap"


def test_what_is_not_committed_is_told_and_changes_nothing_else(checkout: Path):
    before = inspected(checkout).content_digest
    for name in ("a", "b", "c", "d"):
        (checkout / f"note-{name}").touch()
    (checkout / "js" / "words.js").unlink()
    (checkout / "index.html").write_text((checkout / "index.html").read_text() + " ")
    linted = lint(checkout)
    assert told(linted) == [
        ("warning", "source.not-committed", "index.html"),
        ("warning", "source.deleted-here", "js/words.js"),
        ("warning", "source.not-tracked", ""),
    ]
    assert [finding.found for finding in linted.findings] == [
        "index.html: not committed as it is here, and a release is made of commits.",
        "js/words.js: deleted here and not in git, so a release still has it.",
        "note-a, note-b, note-c and 1 more: not tracked by git, so a release has it not.",
    ]
    assert linted.findings[2].cure == "Add it, or name it in `.gitignore`."
    assert inspected(checkout).content_digest != before


def test_what_is_staged_is_not_committed_either(checkout: Path):
    git(checkout, "mv", "js/words.js", "js/terms.js")
    (checkout / "new file").touch()
    git(checkout, "add", "new file")
    (finding,) = lint(checkout).findings
    assert finding.found.startswith("js/terms.js, new file: not committed as it is here")


def test_a_symbolic_link_is_a_file_that_holds_its_text_as_on_a_server(checkout: Path, tmp_path: Path):
    (tmp_path / "secret").write_text("nobody else's business")
    (checkout / "link").symlink_to(tmp_path / "secret")
    (checkout / "dangling").symlink_to("nowhere")
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "-m", "links")
    linked = inspected(checkout)
    for name, target in (("link", str(tmp_path / "secret")), ("dangling", "nowhere")):
        (checkout / name).unlink()
        (checkout / name).write_text(target)
    assert inspected(checkout).content_digest == linked.content_digest


def test_gits_variables_of_a_hook_do_not_lead_elsewhere(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    assert lint(checkout).findings == ()


def test_a_broken_rule_comes_first_and_loses_no_warning(checkout: Path):
    (checkout / "activity" / "activity.info").unlink()
    (checkout / "po" / "xx.po").write_text("msgid\n")
    git(checkout, "add", "po/xx.po")
    linted = lint(checkout)
    assert linted.inspection is None
    assert told(linted) == [
        ("error", "bundle.info-missing", "activity/activity.info"),
        ("warning", "source.not-committed", "po/xx.po"),
        ("warning", "source.deleted-here", "activity/activity.info"),
        ("warning", "source.translation-unreadable", "po/xx.po"),
    ]


@pytest.mark.parametrize(
    ("file", "content", "rule"),
    [
        ("activity/activity.info", b"[Activity]\nname = Star Map\n", "bundle.info-key-missing"),
        ("activity/activity.info", b"name\n", "bundle.info-malformed"),
        ("activity/star-map.svg", b"<svg", "bundle.icon-malformed"),
        ("big", bytes(129 << 20), "source.file-too-large"),
    ],
)
def test_a_broken_rule_names_the_file_that_has_to_be_mended(checkout: Path, file: str, content: bytes, rule: str):
    (checkout / file).write_bytes(content)
    git(checkout, "add", file)
    assert told(lint(checkout))[0] == ("error", rule, file)


def test_a_warning_has_a_cure_once(checkout: Path):
    (checkout / "screenshots" / "en" / "bad.png").write_bytes(b"no picture")
    git(checkout, "add", "screenshots")
    git(checkout, "commit", "--quiet", "-m", "bad")
    (finding,) = lint(checkout).findings
    assert (finding.rule, finding.file, finding.cure) == (
        "bundle.png-malformed",
        "screenshots/en/bad.png",
        "Save it again as PNG.",
    )
    assert finding.cure not in finding.found


def test_what_the_build_makes_stands_at_what_it_is_made_of(checkout: Path):
    shutil.copy(checkout / "po" / "es.po", checkout / "po" / "nonsense_EN.po")
    git(checkout, "add", "po")
    git(checkout, "commit", "--quiet", "-m", "nonsense")
    assert told(lint(checkout)) == [("warning", "bundle.linfo-language", "po/nonsense_EN.po")]


def test_a_name_that_is_no_utf_8_is_told_all_the_same(checkout: Path, shell: Shell):
    (checkout / os.fsdecode(b"a\xff\n::error::b")).touch()
    git(checkout, "add", "--all")
    for form in ("text", "json", "github", "sarif"):
        ended = shell.aslo("lint", checkout, "--format", form)
        assert (ended.status, "source.path-unsafe" in ended.out) == (1, True), ended
    assert not any(line.startswith("::") for line in shell.aslo("lint", checkout).out.splitlines())


def test_a_folder_that_is_no_checkout_is_told(tmp_path: Path):
    with pytest.raises(AsloError, match="is neither a bundle nor a git checkout: fatal: not a git repository"):
        lint(tmp_path)


def test_a_bundle_and_what_only_has_the_name_of_one(shell: Shell, checkout: Path):
    bundle = shell.folder / "StarMap-1.xo"
    git(checkout, "archive", "--format=zip", "--prefix=StarMap.activity/", f"--output={bundle}", "HEAD")
    good = shell.aslo("lint", bundle, "--format", "json")
    assert (good.status, good.json["ok"], good.json["metadata"]["version"]) == (0, True, "1")
    assert good.json["findings"] == []
    lines = shell.aslo("lint", bundle).out.splitlines()
    assert lines[0] == "All rules are kept."
    assert lines[1].startswith("It is Star Map 1 (org.aslo.StarMap): ")
    bundle.write_bytes(bundle.read_bytes()[:1000])
    broken = shell.aslo("lint", bundle, "--format", "json", "--site", "https://aslo.example/")
    assert (broken.status, broken.json["ok"], broken.json["metadata"]) == (1, False, None)
    (finding,) = broken.json["findings"]
    assert (finding["level"], finding["rule"], finding["file"]) == ("error", "bundle.archive-not-zip", "")
    assert finding["rule_url"] == "https://aslo.example/rules/bundle.archive-not-zip"
    told = shell.aslo("lint", bundle)
    assert (told.status, told.out.partition(":")[0]) == (1, "error bundle.archive-not-zip")


def test_without_git_it_says_so(shell: Shell, checkout: Path, tmp_path: Path):
    ended = replace(shell, environ={"PATH": str(tmp_path)}).aslo("lint", checkout)
    assert ended.status == 1
    assert "there is no git program on this machine" in ended.err


def test_what_is_not_there_is_a_wrong_call(shell: Shell):
    ended = shell.aslo("lint", "no-such-file.xo")
    assert ended.status == 2
    assert "Path 'no-such-file.xo' does not exist" in ended.err


def test_a_pipe_is_neither_a_bundle_nor_a_checkout(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xo")
    with pytest.raises(AsloError, match="it is a pipe, a socket or a device"):
        lint(tmp_path / "pipe.xo")
