"""Every kind of problem: its line, its key, what was found, what is allowed, in plain words, all at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Told = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('retries = "many"', '10: retries: "many"; it must be a whole number (How often)'),
        ("retries = true", "10: retries: true; it must be a whole number (How often)"),
        ('retries = "3"', '10: retries: "3"; it must be a whole number (How often)'),
        ("retries = 3.0", "10: retries: 3.0; it must be a whole number (How often)"),
        ('seconds = "1.5"', '10: seconds: "1.5"; it must be a number (How long)'),
        ("seconds = true", "10: seconds: true; it must be a number (How long)"),
        ("quiet = 1", "10: quiet: 1; it must be true or false (Whether nothing is said)"),
        ("quiet = 0.0", "10: quiet: 0.0; it must be true or false (Whether nothing is said)"),
        ('quiet = "true"', '10: quiet: "true"; it must be true or false (Whether nothing is said)'),
        ('corner = { x = "1" }', '10: corner.x: "1"; it must be a whole number (Where)'),
        ('counts = [1,\n"2"]', '11: counts[1]: "2"; it must be a whole number (Numbers)'),
        ("counts = [true]", "10: counts[0]: true; it must be a whole number (Numbers)"),
        ("retries = 1.5", "10: retries: 1.5; it must be a whole number (How often)"),
        ("retries = 1979-05-27", "10: retries: 1979-05-27; it must be a whole number (How often)"),
        ("retries = [3]", "10: retries: [3]; it must be a whole number (How often)"),
        ("retries = { a = 3 }", "10: retries: a table; it must be a whole number (How often)"),
        ("retries = 0", "10: retries: 0; it must be at least 1 (How often)"),
        ("retries = 10", "10: retries: 10; it must be at most 9 (How often)"),
        ("seconds = 0", "10: seconds: 0; it must be more than 0 (How long)"),
        ('seconds = "long"', '10: seconds: "long"; it must be a number (How long)'),
        ('mode = "fast"', '10: mode: "fast"; it must be "auto" or "sandbox" (Which one)'),
        ('quiet = "perhaps"', '10: quiet: "perhaps"; it must be true or false (Whether nothing is said)'),
        ("path = 3", "10: path: 3; it must be a path in quotes (Folder of everything)"),
        ('path = ""', "10: path: an empty path; it must be a path (Folder of everything)"),
        ('path = "~/x"', '10: path: "~/x", and ~ stands for no folder here; write the whole path, or "${HOME}/…"'),
        ("corner = 3", "10: corner: 3; it must be a table (Where)"),
        ('corner = { x = "a" }', '10: corner.x: "a"; it must be a whole number (Where)'),
        ("corner = {}", "10: corner.x: missing; write x = … (Where)"),
        ("corner = { x = 1, z = 2 }", "10: corner.z: unknown key; remove it"),
        ('counts = [1,\n2,\n"x"]', '12: counts[2]: "x"; it must be a whole number (Numbers)'),
    ],
)
def test_a_wrong_value(told: Told, lines: str, problem: str):
    assert told(lines) == [problem]


def test_a_sentence_of_the_documentation_is_whole_though_it_is_broken_over_lines(told: Told):
    sentence = "(Who may, in a sentence that is broken over two lines)"
    assert told('owners = "sugarlabs"') == [f'10: owners: "sugarlabs"; it must be a list: [ … ] {sentence}']
    assert told("owners = []") == [f"10: owners: []; it must not be empty {sentence}"]


def test_a_long_value_is_shortened(told: Told):
    (problem,) = told(f"retries = '{'x' * 500}'")
    assert len(problem) < 200


@pytest.mark.parametrize(
    ("key", "meant"), [("pth", "path"), ("secrt_file", "secret_file"), ("enabeld", "enabled"), ("Owners", "owners")]
)
def test_an_unknown_key_comes_with_the_one_that_was_probably_meant(told: Told, key: str, meant: str):
    (problem,) = told(f"{key} = 1")
    assert problem.startswith(f"10: {key}: unknown key; did you mean {meant}? allowed: path, secret, older")


def test_missing_keys_are_told_on_the_line_of_their_table_with_what_they_mean(configurations):
    assert configurations.problems(
        '[source.one]\nuse = "sample"\n[builder.sandbox]\nuse = "plain"\n[storage.x]\nuse="plain"'
    ) == [
        "aslo.toml:1: source.one.path: missing; write path = … (Folder of everything)",
        "aslo.toml:1: source.one.secret: missing; write secret = … or secret_file (What nobody may see)",
    ]


def test_everything_is_told_at_once_in_the_order_of_the_file(configurations):
    assert configurations.problems(
        """\
[storage.main]
use = "gone"
[server]
port = 70000
host = ""
[sorce.one]
[builder.Sandbox]
use = "plain"
enabled = "yes"
[storage.other]
[notifier]
mail = 3
[build]
builder = "sandbox"
workers = 0
"""
    ) == [
        'aslo.toml:2: storage.main.use: "gone"; no such storage plugin is installed',
        (
            "aslo.toml:4: server.port: 70000; it must be at most 65535 (Port to listen on; 0 takes any free one, which the"
            " start prints)"
        ),
        (
            'aslo.toml:5: server.host: ""; it must not be empty (Address or name to listen on; `0.0.0.0` and'
            " `::` are all of this machine's)"
        ),
        (
            "aslo.toml:6: sorce: unknown table; did you mean source? allowed: server, data, broker, processes, build, bundle,"
            " reconcile, source, builder, storage, notifier"
        ),
        (
            'aslo.toml:7: builder.Sandbox: the name "Sandbox"; it must be a lower-case letter, then up to 31 lower-case'
            " letters, digits or hyphens"
        ),
        'aslo.toml:9: builder.Sandbox.enabled: "yes"; it must be true or false',
        'aslo.toml:10: storage.other.use: missing; write use = "…", with the name of a storage plugin in quotes',
        'aslo.toml:12: notifier.mail: a number; it must be a table [notifier.NAME], in single brackets, with use = "…"',
        (
            'aslo.toml:14: build.builder: "sandbox", and there is no enabled [builder.sandbox]; did you mean Sandbox? allowed:'
            " Sandbox"
        ),
        "aslo.toml:15: build.workers: 0; it must be at least 1 (Releases worked on at the same time)",
        'aslo.toml: source: no source is enabled; add a table [source.NAME] with use = "…"',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('server = "x"', "1: server: a text; it must be a table [server]"),
        ("[[server]]\nport = 1", "1: server: a list; it must be a table [server]"),
        ("source = 3", "1: source: a number; it must be a table [source.NAME]"),
        ('[[source.git]]\nuse = "plain"', "1: source.git: a list; it must be a table [source.NAME], in single brackets"),
        ("port = 3", "1: port: unknown key; allowed: server"),
    ],
)
def test_what_is_to_be_a_table_and_is_none(configurations, text: str, problem: str):
    rest = configurations.sample("")
    if "source" in text:
        rest = rest.replace('[source.one]\nuse = "plain"\n', "")
    (found,) = configurations.problems(f"{text}\n{rest}")
    assert found.startswith(f"aslo.toml:{problem}"), found


@pytest.mark.parametrize("name", ["", "A", "1a", "a_b", "a.b", "é", "a" * 33, "a b"])
def test_names_that_cannot_be(configurations, name: str):
    (found,) = configurations.problems(configurations.sample("") + f'[source."{name}"]\nuse = "plain"')
    assert "it must be a lower-case letter" in found


@pytest.mark.parametrize("enabled", ["0", '"false"', "[]", '"${ON}"'])
def test_enabled_is_true_or_false(configurations, enabled: str):
    text = configurations.sample(f"enabled = {enabled}")
    (found,) = configurations.problems(text, {"ON": "false"})
    assert found.startswith("aslo.toml:10: storage.main.enabled: ")


def test_a_table_that_is_switched_off_is_not_looked_into(configurations):
    settings = configurations.settings(configurations.sample("") + '[source.two]\nuse = "unheard"\nenabled = false\nx = 1')
    assert [instance.name for instance in settings.of("source")] == ["one"]


def test_without_a_builder_it_says_how_to_have_one(configurations):
    text = configurations.sample("").replace("[builder.sandbox]", "[notifier.sandbox]\nenabled = false")
    (found,) = configurations.problems(text)
    assert found.endswith('no enabled [builder.sandbox]; add a table [builder.NAME] with use = "…"')


def test_a_builder_that_is_not_there_is_told_beside_what_else_is_wrong_with_its_table(configurations):
    text = configurations.sample("") + '\n[build]\nbuilder = "nope"\nworkers = -1\n'
    found = configurations.problems(text)
    assert [problem.split(": ")[1] for problem in found] == ["build.builder", "build.workers"]


def test_owners_whose_setup_is_run_are_accounts_of_sources(configurations):
    settings = configurations.settings(configurations.sample("") + '\n[build]\nrun_setup_for = ["one:sugarlabs", "one:Ada"]\n')
    assert settings.build.run_setup_for == ("one:sugarlabs", "one:Ada")
    assert configurations.settings(configurations.sample("")).build.run_setup_for == ()


@pytest.mark.parametrize(
    "account", ["sugarlabs", "one:", ":ada", "one:*", "*", "one:ada/maze", "one:a b", "One:ada", "one/ada"]
)
def test_what_is_no_account_of_a_source(configurations, account: str):
    (found,) = configurations.problems(configurations.sample("") + f'\n[build]\nrun_setup_for = ["one:b", "{account}"]\n')
    assert found.split(": ")[1] == "build.run_setup_for"
    assert "write each by its name, as in github:sugarlabs" in found


def test_owners_of_a_source_that_is_not_there(configurations):
    (found,) = configurations.problems(configurations.sample("") + '\n[build]\nrun_setup_for = ["githup:ada"]\n')
    assert found.split(": ")[1] == "build.run_setup_for"
    assert "there is no table [source.githup]" in found
