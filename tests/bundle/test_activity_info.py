from __future__ import annotations

import configparser
import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.warning import BundleWarning
from aslo_core.errors import Permanent

SECONDS = 10  # of processor time, on a slow machine under a tracer; what these tests guard against takes minutes
REQUIRED = "name = Maze\nbundle_id = org.example.Maze\nexec = sugar-activity3 activity.Maze\nactivity_version = 3\n"


def parse(lines: str, required: str = REQUIRED) -> ActivityInfo:
    return ActivityInfo.parse(f"[Activity]\n{required}{lines}".encode())


def refused(data: bytes) -> Permanent:
    with pytest.raises(Permanent) as error:
        ActivityInfo.parse(data)
    return error.value


def test_all_keys() -> None:
    info = ActivityInfo.parse(
        b"[Activity]\n"
        b"name = Browse\n"
        b"activity_version = 208\n"
        b"bundle_id = org.laptop.WebActivity\n"
        b"icon = activity-web\n"
        b"exec = sugar-activity3 webactivity.WebActivity -s\n"
        b"mime_types = image/png;text/html;image/svg+xml;\n"
        b"summary = Surf the world!\n"
        b"max_participants = 100\n"
        b"license = GPLv2+;LGPLv2+\n"
        b"description:\n"
        b"    <p>Surf the world!</p>\n"
        b"    <p>It is large.</p>\n"
        b"repository = https://github.com/sugarlabs/browse-activity\n"
        b"screenshots = https://example.org/1.png https://example.org/2.png\n"
        b"url = https://help.sugarlabs.org/en/browse.html\n"
        b"tags = Internet;Web Pages\n"
        b"categories = language documents\n"
        b"show_launcher = no\n"
        b"single_instance = yes\n"
    )
    assert info == ActivityInfo(
        bundle_id="org.laptop.WebActivity",
        name="Browse",
        exec="sugar-activity3 webactivity.WebActivity -s",
        version=info.version,
        icon="activity-web",
        summary="Surf the world!",
        description="<p>Surf the world!</p>\n<p>It is large.</p>",
        license="GPLv2+;LGPLv2+",
        url="https://help.sugarlabs.org/en/browse.html",
        repository="https://github.com/sugarlabs/browse-activity",
        tags=("Internet", "Web Pages"),
        categories=("language", "documents"),
        mime_types=("image/png", "text/html", "image/svg+xml"),
        screenshots=("https://example.org/1.png", "https://example.org/2.png"),
        single_instance=True,
        max_participants=100,
        warnings=(
            BundleWarning(
                "bundle.info-hidden",
                "activity/activity.info: show_launcher is no, so that Sugar shows no icon to start the activity by.",
                "activity/activity.info",
            ),
        ),
    )
    assert str(info.version) == "208"
    assert (info.root, info.file_name) == ("Browse.activity", "Browse-208.xo")


@pytest.mark.parametrize(("value", "hidden"), [("no", True), ("yes", False), ("", False), ("No", False), ("false", False)])
def test_an_activity_that_sugar_does_not_show_is_a_warning(value: str, hidden: bool) -> None:
    info = parse(f"show_launcher = {value}\n")
    assert any("show_launcher" in warning.text for warning in info.warnings) == hidden


def test_defaults() -> None:
    info = ActivityInfo.parse(b"[Activity]\nname=A\nbundle_id=a.b\nexec=x\n")
    assert str(info.version) == "0"
    assert not info.single_instance
    assert info.max_participants == 1
    assert any("no activity_version" in warning.text for warning in info.warnings)


def test_old_keys_of_2008() -> None:
    info = ActivityInfo.parse(
        b"[Activity]\nname = Chat\nservice_name = org.laptop.Chat\nclass = chat.Chat\nactivity_version = 35\n"
    )
    assert info.bundle_id == "org.laptop.Chat"
    assert info.exec == "sugar-activity chat.Chat"
    assert [("service_name" in warning.text, "class" in warning.text) for warning in info.warnings] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("command", "is_web"),
    [
        ("sugar-activity-web", True),
        ("/usr/bin/sugar-activity-web -x", True),
        ("sugar-activity web.Web", False),
        ("sugar-activity-webs", False),
    ],
)
def test_web_activities(command: str, is_web: bool) -> None:
    assert parse("", f"name=A\nbundle_id=a.b\nexec={command}\n").is_web is is_web


def test_white_space_is_dropped_from_the_names_of_files_only() -> None:
    info = parse("", REQUIRED.replace("name = Maze", "name = Turtle  Art"))
    assert (info.name, info.root, info.file_name) == ("Turtle  Art", "TurtleArt.activity", "TurtleArt-3.xo")


@pytest.mark.parametrize("key", ["name", "bundle_id", "exec"])
@pytest.mark.parametrize("instead", ["", "{key} =\n"])
def test_required_keys(key: str, instead: str) -> None:
    lines = "".join(line for line in REQUIRED.splitlines(keepends=True) if not line.startswith(key))
    error = refused(f"[Activity]\n{lines}{instead.format(key=key)}".encode())
    assert error.rule == "bundle.info-key-missing"
    assert key in error.found
    assert f"{key} =" in error.cure


@pytest.mark.parametrize(
    "bundle_id",
    [
        *(
            "Maze",
            "../../etc",
            "org/example",
            "org..example",
            ".org.example",
            "org.example.",
            "org.exa mple",
            "org.example\u202e",
        ),
        *("örg.example", "-org.example", "org.-x", "a." + "b" * 128, "%(nothing)s.x", "org.example;rm"),
    ],
)
def test_a_bundle_id_names_a_stream_and_an_address(bundle_id: str) -> None:
    lines = REQUIRED.replace("org.example.Maze", bundle_id)
    assert refused(f"[Activity]\n{lines}".encode()).rule == "bundle.info-bundle-id"


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "-rf", "a\\b", "é" * 91])
def test_a_name_makes_a_directory(name: str) -> None:
    assert refused(f"[Activity]\n{REQUIRED.replace('= Maze', f'= {name}')}".encode()).rule == "bundle.info-name"


@pytest.mark.parametrize("icon", ["../../etc/passwd", "a/b", "/a", "a\\b", ".a", "a" * 101, "a\u202eb"])
def test_an_icon_is_a_plain_name(icon: str) -> None:
    assert refused(f"[Activity]\n{REQUIRED}icon = {icon}\n".encode()).rule == "bundle.info-icon"


@pytest.mark.parametrize("count", ["many", "-1", "1.5", "1_000", "\u0663", "9999999"])
def test_max_participants_is_a_number(count: str) -> None:
    assert refused(f"[Activity]\n{REQUIRED}max_participants = {count}\n".encode()).rule == "bundle.info-max-participants"


@pytest.mark.parametrize(("key", "length"), [("name", 151), ("summary", 2001), ("license", 401), ("description", 32001)])
def test_texts_have_limits_that_the_message_names(key: str, length: int) -> None:
    lines = REQUIRED if key != "name" else REQUIRED.replace("name = Maze\n", "")
    error = refused(f"[Activity]\n{lines}{key} = {'x' * length}\n".encode())
    assert error.rule == "bundle.info-too-long"
    assert str(length) in error.found
    assert str(length - 1) in error.found


def test_control_characters_and_direction_overrides_are_taken_out_with_a_warning() -> None:
    info = parse("summary = good\u202egnp.exe\x1b[31m\u2066\n")
    assert info.summary == "goodgnp.exe[31m"
    assert any("summary" in warning.text for warning in info.warnings)
    assert parse("", REQUIRED.replace("Maze\n", "Ma\u202ez\x07e\n", 1)).root == "Maze.activity"


def test_marks_and_joiners_that_scripts_need_stay() -> None:
    text = "\u0645\u06cc\u200c\u062e \u200f\u0639\u0631\u200e \u0928\u092e\u0938\u094d\u200d\u0924\u0947"
    assert parse(f"summary = {text}\n").summary == text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "git@github.com:a/b.git", "https://", "http://a b", 'https://a/"x', "//a.org"]
)
def test_an_address_that_is_no_web_address_is_left_out(address: str) -> None:
    info = parse(f"url = {address}\n")
    assert info.url == ""
    assert any("url" in warning.text for warning in info.warnings)


def test_interpolation() -> None:
    info = parse(
        "version = 69\nsummary = %(name)s %(VERSION)s, 100%% fun\n", REQUIRED.replace("version = 3", "version = %(version)s")
    )
    assert str(info.version) == "69"
    assert info.summary == "Maze 69, 100% fun"


@pytest.mark.parametrize("text", ["100% fun", "%(name)s is 100% fun", "%(nothing)s", "%(summary)s", "%(name)", "50%"])
def test_text_that_cannot_be_interpolated_stays_as_it_is_written(text: str) -> None:
    info = parse(f"summary = {text}\n")
    assert info.summary == text
    assert any("summary" in warning.text for warning in info.warnings)


def test_keys_that_nobody_reads_give_no_warning() -> None:
    assert parse("update_url = http://example.org/%20\n").warnings == ()


def test_interpolation_does_not_grow_without_bound() -> None:
    levels = "".join(f"k{level} = {f'%(k{level + 1})s' * 9}\n" for level in range(8))
    before = time.process_time()
    info = parse(f"{levels}k8 = boom\nsummary = %(k0)s\ndescription = %(k0)s\n")
    assert time.process_time() - before < SECONDS
    assert info.summary == "%(k0)s"


def test_the_last_of_two_values_counts_with_a_warning() -> None:
    info = parse("summary = one\nsummary = two\n")
    assert info.summary == "two"
    assert any("stands twice" in warning.text and "summary" in warning.text for warning in info.warnings)


def test_byte_order_mark_windows_lines_and_comments() -> None:
    info = ActivityInfo.parse(b"\xef\xbb\xbf# comment\r\n[Activity]\r\n; comment\r\n" + REQUIRED.replace("\n", "\r\n").encode())
    assert info.name == "Maze"
    assert any("byte order mark" in warning.text for warning in info.warnings)


def test_latin_1_is_read_with_a_warning() -> None:
    info = ActivityInfo.parse(b"[Activity]\n" + REQUIRED.encode() + b"summary = ma\xf1ana\n")
    assert info.summary == "mañana"
    assert any("Latin-1" in warning.text for warning in info.warnings)


def test_a_lone_carriage_return_begins_no_line() -> None:
    info = parse("summary = a\rbundle_id = org.evil.Maze\n")
    assert info.bundle_id == "org.example.Maze"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "bundle.info-section-missing"),
        (b"[activity]\nname = x\n", "bundle.info-section-missing"),
        (b"name = x\n", "bundle.info-malformed"),
        (b"[Activity]\nname = x\n<<<<<<< HEAD\nactivity_version = 81\n=======\n", "bundle.info-malformed"),
        (b"[Activity]\n" + b"x" * 65536, "bundle.info-too-large"),
    ],
)
def test_a_file_that_cannot_be_read(data: bytes, rule: str) -> None:
    assert refused(data).rule == rule


def test_the_message_names_the_line_that_cannot_be_read() -> None:
    assert "line 3: '<<<<<<< HEAD'" in refused(b"[Activity]\nname = x\n<<<<<<< HEAD\n").found


def test_odd_mime_types_are_left_out_with_a_warning() -> None:
    info = parse("mime_types = image/png;application/x-a, application/x-b;text\n")
    assert info.mime_types == ("image/png",)
    assert any("application/x-a, application/x-b" in warning.text for warning in info.warnings)


def test_a_suffix_that_sugar_does_not_read_gives_a_warning() -> None:
    assert any("3-rc1" in warning.text for warning in parse("", REQUIRED.replace("version = 3", "version = 3-rc1")).warnings)


def test_lists_have_limits() -> None:
    info = parse(f"tags = {';'.join(f't{number}' for number in range(500))}\n")
    assert len(info.tags) == 100
    assert any("tags" in warning.text for warning in info.warnings)


def test_long_white_space_takes_no_long_time() -> None:
    before = time.process_time()
    refused(b"[Activity]\na" + b" " * 60_000 + b"b\n")
    assert time.process_time() - before < SECONDS


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_parse_or_be_refused(data: bytes) -> None:
    for whole in (data, b"[Activity]\n" + REQUIRED.encode() + data):
        with contextlib.suppress(Permanent):
            assert "/" not in ActivityInfo.parse(whole).file_name


PIECES = [
    *"a=:%()s[] \t\n#;\r",
    "%%",
    "\n ",
    "\n\t",
    "\n\n",
    "\nname",
    "\nbundle_id",
    "\nexec=",
    "%(name)s",
    "[Activity]",
    "[DEFAULT]",
    "rem ",
]
LINES = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(LINES)
def test_sugar_reads_the_same(lines: str) -> None:
    """Where Python's configparser, with which Sugar reads, gives an answer, ours is the same."""
    text = f"[Activity]\n{REQUIRED}{lines}\nsummary = %(name)s"
    sugar = configparser.ConfigParser()
    try:
        sugar.read_string(text)
        expected = {key: sugar.get("Activity", key) for key in ("name", "bundle_id", "exec", "activity_version", "summary")}
    except configparser.Error:
        return
    try:
        info = ActivityInfo.parse(text.encode())
    except Permanent:
        return
    found = {"name": info.name, "bundle_id": info.bundle_id, "exec": info.exec, "activity_version": str(info.version)}
    assert found | {"summary": info.summary} == {key: value.replace("\r", "").strip() for key, value in expected.items()}


@pytest.mark.parametrize("name", ["\u200b", "\u3164", "\u2800\u115f", "\u0301", "\u00ad"])
def test_a_name_that_nobody_sees(name: str) -> None:
    with pytest.raises(Permanent) as error:
        ActivityInfo.parse(f"[Activity]\nname = {name}\nbundle_id = a.b\nexec = x\n".encode())
    assert error.value.rule == "bundle.info-name"


def test_lines_that_say_nothing_take_no_long_time() -> None:
    with pytest.raises(Permanent) as error:
        ActivityInfo.parse(b"[Activity]\n" + b"a\n" * 32_000)
    assert error.value.rule == "bundle.info-too-large"
    assert "32001 lines; the limit is 1000" in error.value.found
