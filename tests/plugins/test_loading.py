"""Plugins as pip installs them: found by their metadata, imported when they are used, contained when they are broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from aslo_core.config import parse
from aslo_core.entry_points import KINDS, installed, misnamed
from aslo_core.plugins import load, used
from tests.plugins.conftest import GOOD, Site

SHELF = ("storage", "shelf")


def test_a_good_one_is_loaded(site: Site):
    site.install("aslo-storage-shelf", GOOD)
    plugins = load([SHELF])
    assert plugins.offers[SHELF].name == "shelf"
    assert plugins.found[SHELF].distribution == "aslo-storage-shelf 1.0"
    assert plugins.options()[SHELF].__name__ == "ShelfOptions"
    assert not plugins.missing


def test_a_file_uses_what_its_enabled_tables_name():
    document = parse(
        Path("aslo.toml"),
        "[storage.a]\nuse='x'\n[storage.b]\nuse='y'\nenabled=false\n[source.a]\nuse=3\n[source.b]\n[builder.c]\nuse='z'\n"
        "enabled='no'\n[notifier]\nd = 1",
    )
    assert used(document) == {("storage", "x"), ("builder", "z")}


def test_what_is_not_used_is_never_imported(site: Site, tmp_path: Path):
    site.install("aslo-storage-shelf", GOOD)
    site.install("aslo-storage-other", "raise SystemExit('imported')", entry="storage.other")
    script = (
        "import sys; from aslo_core.plugins import load; from aslo_core.entry_points import KINDS, installed, misnamed;"
        "load([('storage', 'shelf')]); misnamed();"
        "assert ('storage', 'other') in {(p.kind, p.use) for p in installed()};"
        "print('aslo_storage_shelf' in sys.modules, 'aslo_storage_other' in sys.modules)"
    )
    path = os.pathsep.join([str(site.folder), *filter(None, sys.path)])
    ended = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["True", "False"]


def test_two_distributions_that_offer_the_same_are_both_named(site: Site):
    site.install("aslo-storage-shelf", GOOD)
    site.install("acme-shelf", GOOD, version="2.1")
    plugins = load([SHELF])
    assert not plugins.offers
    assert plugins.missing[SHELF] == (
        "several installed distributions offer it (acme-shelf 2.1 and aslo-storage-shelf 1.0); remove all but one"
    )
    assert "aslo_storage_shelf" not in sys.modules


def test_one_that_is_not_installed_is_told_with_those_that_are(site: Site):
    site.install("aslo-storage-shelf", GOOD)
    missing = load([("storage", "shelff"), ("notifier", "pigeon")]).missing
    assert missing["storage", "shelff"].startswith("no such storage plugin is installed; did you mean shelf? allowed: ")
    assert missing["notifier", "pigeon"].startswith("no such notifier plugin is installed; allowed: ")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere' ({file}:1)"),
        ("\nraise ValueError('half done')", "ValueError: half done ({file}:2)"),
        ("def broken(:", "SyntaxError: invalid syntax (aslo_storage_shelf.py, line 1)"),
        ("raise SystemExit('enough')", "SystemExit: enough ({file}:1)"),
        ("", "LookupError: its aslo_storages() registers no storage named 'shelf'; it registers nothing"),
        (GOOD.replace('"shelf"', '"rack"'), "its aslo_storages() registers no storage named 'shelf'; it registers rack"),
        (
            GOOD.replace("return [", "return [Offer('shelf', Options, print), "),
            "its aslo_storages() registers 2 storage named 'shelf'",
        ),
        (GOOD.replace("def aslo_storages", "def aslo_storage"), "PluginValidationError: unknown hook 'aslo_storage'"),
        (GOOD.replace("storages()", "storages(context)"), "PluginValidationError: Plugin 'aslo_storage_shelf' for hook"),
        (GOOD.replace("return [", "[").rstrip(), "TypeError: aslo_storages() returned None in place of a list of offers"),
        (GOOD.replace("Offer(", "tuple").replace("tuple", "("), "TypeError: aslo_storages() returned ('shelf', <class"),
        (GOOD.replace("(Options)", ""), "TypeError: the options of the offer 'shelf' are <class"),
        (GOOD.replace("ShelfOptions, lambda", "ShelfOptions(), lambda"), "TypeError: the options of the offer 'shelf' are"),
        (GOOD.replace("label: str", "use: str"), "TypeError: the options of the offer 'shelf' have a field use"),
        (
            GOOD.replace("lambda options, context: (options.label, context.name)", "'x'"),
            "TypeError: create of the offer 'shelf'",
        ),
        (GOOD.replace("return [", "raise KeyError('x') or ["), "KeyError: 'x'"),
    ],
)
def test_a_broken_one_says_why_and_hinders_no_other(site: Site, source: str, why: str):
    site.install("aslo-storage-shelf", source)
    site.install("aslo-storage-good", GOOD.replace('"shelf"', '"good"'), entry="storage.good")
    plugins = load([SHELF, ("storage", "good")])
    assert set(plugins.offers) == {("storage", "good")}
    assert set(plugins.found) == {("storage", "good")}
    told = plugins.missing[SHELF]
    assert told.startswith("aslo-storage-shelf 1.0 cannot be loaded: ")
    assert why.format(file=site.folder / "aslo_storage_shelf.py") in told
    assert told.endswith("; mend or remove it")
    assert len(plugins.manager.get_plugins()) == 1


def test_a_module_may_offer_several_kinds(site: Site):
    more = GOOD + "\n@hook\ndef aslo_notifiers():\n    return [Offer('bell', Options, lambda options, context: 'bell')]\n"
    site.install("aslo-both", more, entry="storage.shelf = aslo_both\nnotifier.bell = aslo_both")
    plugins = load([SHELF, ("notifier", "bell")])
    assert set(plugins.offers) == {SHELF, ("notifier", "bell")}
    assert len(plugins.manager.get_plugins()) == 1


def test_each_kind_has_its_hook(site: Site):
    every = """
from aslo_core.api import Offer, Options, hook

def offer(kind):
    return [Offer("all", Options, lambda options, context: kind)]

@hook
def aslo_sources(): return offer("source")

@hook
def aslo_builders(): return offer("builder")

@hook
def aslo_storages(): return offer("storage")

@hook
def aslo_notifiers(): return offer("notifier")
"""
    site.install("aslo-all", every, entry="\n".join(f"{kind}.all = aslo_all" for kind in KINDS))
    plugins = load([(kind, "all") for kind in KINDS])
    assert not plugins.missing
    assert {kind: offer.create(None, None) for (kind, _), offer in plugins.offers.items()} == {kind: kind for kind in KINDS}


def test_one_wrong_offer_does_not_take_the_other_of_the_same_module_with_it(site: Site):
    site.install("aslo-both", GOOD, entry="storage.shelf = aslo_both\nstorage.rack = aslo_both")
    plugins = load([SHELF, ("storage", "rack")])
    assert set(plugins.missing) == {("storage", "rack")}
    assert set(plugins.offers) == {SHELF}


def test_a_misspelt_hook_is_told_for_every_use_of_its_module(site: Site):
    site.install(
        "aslo-both",
        GOOD + "\n@hook\ndef aslo_observes(event): pass\n",
        entry="storage.shelf = aslo_both\nnotifier.bell = aslo_both",
    )
    missing = load([SHELF, ("notifier", "bell")]).missing
    assert all("unknown hook 'aslo_observes'" in missing[use] for use in (SHELF, ("notifier", "bell")))


def test_entry_points_that_can_never_be_used_are_told(site: Site):
    site.install("acme", GOOD, entry="storages.shelf = acme\nshelf = acme\nstorage. = acme")
    told = [line for line in misnamed() if line.startswith("acme 1.0: ")]
    assert len(told) == 3
    assert "its entry point 'storages.shelf' must be named <kind>.<use>" in "".join(told)
    assert not [plugin for plugin in installed() if plugin.distribution == "acme 1.0"]


def test_an_observer_that_raises_hinders_nobody(site: Site):
    site.install("aslo-a", GOOD + "\n@hook\ndef aslo_observe(event):\n    raise RuntimeError('deaf')\n", entry="storage.a")
    site.install("aslo-b", GOOD + "\nheard = []\n@hook\ndef aslo_observe(event):\n    heard.append(event)\n", entry="storage.b")
    site.install("aslo-c", GOOD + "\nheard = []\n@hook\ndef aslo_observe():\n    heard.append(1)\n", entry="storage.c")
    for module, name in (("aslo_a", "a"), ("aslo_b", "b"), ("aslo_c", "c")):
        path = site.folder / f"{module}.py"
        path.write_text(path.read_text().replace('"shelf"', f'"{name}"'))
    plugins = load([("storage", "a"), ("storage", "b"), ("storage", "c")])

    class Event:
        position = 7

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        plugins.observe(Event())  # type: ignore[arg-type]
    assert [type(event) for event in sys.modules["aslo_b"].heard] == [Event]
    assert sys.modules["aslo_c"].heard == [1]
    assert [(entry["event"], entry["plugin"], entry["position"]) for entry in logged] == [
        ("plugin.observer_failed", "aslo_a", 7)
    ]
