"""`aslo lint`: checkouts, bundles, and what is neither."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from aslo_core.bootstrap.lint import lint
from aslo_core.errors import AsloError, Permanent
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


def test_a_clean_checkout_keeps_all_rules_without_a_warning(checkout: Path):
    linted = lint(checkout)
    assert linted.warnings == ()
    assert linted.inspection.metadata.bundle_id == "org.aslo.StarMap"


def test_what_is_not_committed_is_told_and_changes_nothing_else(checkout: Path):
    before = lint(checkout).inspection.content_digest
    for name in ("a", "b", "c", "d"):
        (checkout / f"note-{name}").touch()
    (checkout / "js" / "words.js").unlink()
    (checkout / "index.html").write_text((checkout / "index.html").read_text() + " ")
    linted = lint(checkout)
    assert linted.warnings == (
        "index.html: not committed as it is here, and a release is made of commits: commit it",
        "js/words.js: deleted here and not in git, so a release still has it: commit that",
        "note-a, note-b, note-c and 1 more: not tracked by git, so a release has it not: add it, or name it in .gitignore",
    )
    assert linted.inspection.content_digest != before


def test_what_is_staged_is_not_committed_either(checkout: Path):
    git(checkout, "mv", "js/words.js", "js/terms.js")
    (checkout / "new file").touch()
    git(checkout, "add", "new file")
    (warning,) = lint(checkout).warnings
    assert warning.startswith("js/terms.js, new file: not committed as it is here")


def test_a_symbolic_link_is_a_file_that_holds_its_text_as_on_a_server(checkout: Path, tmp_path: Path):
    (tmp_path / "secret").write_text("nobody else's business")
    (checkout / "link").symlink_to(tmp_path / "secret")
    (checkout / "dangling").symlink_to("nowhere")
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "-m", "links")
    linked = lint(checkout).inspection
    for name, target in (("link", str(tmp_path / "secret")), ("dangling", "nowhere")):
        (checkout / name).unlink()
        (checkout / name).write_text(target)
    assert lint(checkout).inspection.content_digest == linked.content_digest


def test_gits_variables_of_a_hook_do_not_lead_elsewhere(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    assert lint(checkout).warnings == ()


def test_a_broken_rule_is_raised_with_its_cure(checkout: Path):
    (checkout / "activity" / "activity.info").unlink()
    with pytest.raises(Permanent) as caught:
        lint(checkout)
    assert caught.value.rule == "bundle.info-missing"


def test_a_folder_that_is_no_checkout_is_told(tmp_path: Path):
    with pytest.raises(AsloError, match="is neither a bundle nor a git checkout: fatal: not a git repository"):
        lint(tmp_path)


def test_a_bundle_and_what_only_has_the_name_of_one(shell: Shell, checkout: Path):
    bundle = shell.folder / "StarMap-1.xo"
    git(checkout, "archive", "--format=zip", "--prefix=StarMap.activity/", f"--output={bundle}", "HEAD")
    good = shell.aslo("lint", bundle, "--json")
    assert (good.status, good.json["ok"], good.json["metadata"]["version"]) == (0, True, "1")
    assert shell.aslo("lint", bundle).out.splitlines()[-1].startswith("Star Map 1 (org.aslo.StarMap) keeps all rules: ")
    bundle.write_bytes(bundle.read_bytes()[:1000])
    broken = shell.aslo("lint", bundle, "--json")
    assert (broken.status, broken.json["ok"], broken.json["rule"]) == (1, False, "bundle.archive-not-zip")
    told = shell.aslo("lint", bundle)
    assert (told.status, told.out.splitlines()[0].partition(":")[0]) == (1, "bundle.archive-not-zip")


def test_without_git_it_says_so(shell: Shell, checkout: Path, tmp_path: Path):
    ended = replace(shell, environ={"PATH": str(tmp_path)}).aslo("lint", checkout)
    assert ended.status == 1
    assert "there is no git program on this machine" in ended.err


def test_what_is_not_there_is_a_wrong_call(shell: Shell):
    ended = shell.aslo("lint", "no-such-file.xo")
    assert ended.status == 2
    assert "Path 'no-such-file.xo' does not exist" in ended.err
