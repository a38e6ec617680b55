"""Making the objects of plugins: what they raise becomes a problem of their table, and tells no secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pluggy
import pytest

from aslo_core.bootstrap.instances import create
from aslo_core.config import Settings, parse, validate
from aslo_core.errors import ConfigError, ConfigProblem, Permanent, Transient
from aslo_core.plugins import Plugins
from aslo_core.types import Context, Offer, Options, Secret

TEXT = """\
[source.s]
use = "x"
[builder.sandbox]
use = "x"
[storage.one]
use = "x"
secret = "hunter2"
label = "l"
[storage.two]
use = "x"
"""


class XOptions(Options):
    secret: Secret | None = None
    label: str = ""


def made(storage: Callable[[XOptions, Context], Any]) -> tuple[Settings, Plugins]:
    offers: dict[Any, Offer[Any]] = {
        ("source", "x"): Offer("x", XOptions, lambda options, context: "source"),
        ("builder", "x"): Offer("x", XOptions, lambda options, context: "builder"),
        ("storage", "x"): Offer("x", XOptions, storage),
    }
    plugins = Plugins(MappingProxyType(offers), MappingProxyType({}), MappingProxyType({}), pluggy.PluginManager("aslo"))
    return validate(parse(Path("/etc/aslo/aslo.toml"), TEXT), plugins.options(), {}, {}), plugins


def raising(reason: Exception) -> Callable[[XOptions, Context], Any]:
    def create_one(options: XOptions, context: Context) -> str:
        if options.label:
            raise reason
        return "fine"

    return create_one


def test_each_gets_its_name_its_options_and_the_folders():
    settings, plugins = made(lambda options, context: (options.label, context))
    objects = create(settings, plugins, "https://aslo.example.org")
    assert objects["source"] == {"s": "source"}
    assert objects["notifier"] == {}
    label, context = objects["storage"]["one"]
    assert label == "l"
    assert context == Context("one", Path("/etc/aslo"), Path("/etc/aslo/data"), "https://aslo.example.org")


def test_only_those_that_are_wanted_are_made():
    settings, plugins = made(raising(ValueError("no")))
    wanted = [instance for instance in settings.instances if instance.name in ("s", "two")]
    assert create(settings, plugins, "", wanted) == {
        "source": {"s": "source"},
        "builder": {},
        "storage": {"two": "fine"},
        "notifier": {},
    }


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            ValueError("a and b do not go together"),
            "5: storage.one: a and b do not go together; change this table, or what it names",
        ),
        (FileNotFoundError(2, "No such file", "x.pem"), "5: storage.one: [Errno 2] No such file: 'x.pem'; change this table"),
        (Transient("it is not there now"), "5: storage.one: it is not there now; change this table, or what it names"),
        (Permanent("a.b", "It is wrong.", "Mend it."), "5: storage.one: It is wrong.; Mend it."),
        (KeyError("x"), "5: storage.one: the plugin failed with KeyError: 'x'; tell its author; the messages show where"),
        (ConfigError([ConfigProblem("", 0, "label", "too long", "shorten it")]), "8: storage.one.label: too long; shorten it"),
        (ConfigError([ConfigProblem("f", 3, "label", "x", "y")]), "8: storage.one.label: x; y"),
        (ConfigError([ConfigProblem("", 0, "", "no program", "install it")]), "5: storage.one: no program; install it"),
        (
            ValueError("hunter2 is a bad secret"),
            "5: storage.one: it is refused; the reason is not shown, since a secret stands in it;",
        ),
        (RuntimeError("hunter2"), "5: storage.one: it is refused; the reason is not shown, since a secret stands in it; tell"),
    ],
)
def test_what_a_plugin_raises_is_told_at_its_table(reason: Exception, told: str):
    settings, plugins = made(raising(reason))
    with pytest.raises(ConfigError) as caught:
        create(settings, plugins, "")
    assert str(caught.value).startswith(f"/etc/aslo/aslo.toml:{told}")
    assert "hunter2" not in str(caught.value)


def test_all_that_cannot_be_made_are_told_at_once():
    def create_one(options: XOptions, context: Context) -> Any:
        raise ValueError(context.name)

    settings, plugins = made(create_one)
    with pytest.raises(ConfigError) as caught:
        create(settings, plugins, "")
    assert [problem.key for problem in caught.value.problems] == ["storage.one", "storage.two"]
