"""What msgfmt makes of a translation, ours makes too; the real msgfmt is asked where it is installed."""

from __future__ import annotations

import gettext
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.bundle.po import MAX_BYTES, parse
from aslo_core.bundle.po_tokens import PoError
from aslo_core.bundle.translations import compile_translation

HEADER = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n\n'


def catalogue(data: bytes) -> dict[object, str] | None:
    """What Python's gettext reads from our compiled file, or None where it is refused."""
    try:
        compiled = compile_translation(data).catalogue
    except PoError:
        return None
    return dict(vars(gettext.GNUTranslations(io.BytesIO(compiled)))["_catalog"])


def texts(body: bytes) -> dict[object, str] | None:
    found = catalogue(HEADER + body)
    if found is not None:
        del found[""]
    return found


USED = {
    "a message": (b'msgid "a"\nmsgstr "b"\n', {"a": "b"}),
    "strings that follow each other": (b'msgid "a" "b"\nmsgstr ""\n"c"\n  "d"\n', {"ab": "cd"}),
    "escapes": (rb'msgid "a"' + b"\n" + rb'msgstr "\t\"\\\303\251\x21"', {"a": '\t"\\é!'}),
    "a line separator inside a string": ('msgid "a"\nmsgstr "b\u2028c"\n'.encode(), {"a": "b\u2028c"}),
    "a context": (b'msgid "a"\nmsgstr "1"\n\nmsgctxt "c"\nmsgid "a"\nmsgstr "2"\n', {"a": "1", "c\x04a": "2"}),
    "plural forms": (
        b'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "x"\nmsgstr[1] "y"\n',
        {("a", 0): "x", ("a", 1): "y"},
    ),
    "a plural whose first form alone is translated": (
        b'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "x"\nmsgstr[1] ""\n',
        {("a", 0): "x", ("a", 1): ""},
    ),
    "a plural whose first form is not translated": (b'msgid "a"\nmsgid_plural "as"\nmsgstr[0] ""\nmsgstr[1] "y"\n', {}),
    "nothing that is fuzzy": (b'#, fuzzy, python-format\nmsgid "a"\nmsgstr "b"\n', {}),
    "what only looks fuzzy": (b'# , fuzzy\n#, notfuzzy\nmsgid "a"\nmsgstr "b"\n', {"a": "b"}),
    "nothing that is obsolete": (b'#~ msgid "a"\n#~ msgstr "b"\n', {}),
    "the text, not the one before it": (b'#| msgid "old"\n#| msgid_plural "olds"\nmsgid "a"\nmsgstr "b"\n', {"a": "b"}),
    "nothing of what a domain is named": (b'domain "x"\nmsgid "a"\nmsgstr "b"\n', {"a": "b"}),
    "a comment in another character set": (b'# x\n# Andr\xe9\nmsgid "a"\nmsgstr "b"\n', {"a": "b"}),
    "Windows line ends": (b'msgid "a"\r\nmsgstr "b"\r\n', {"a": "b"}),
    "a text cut at its zero byte": (b'msgid "a"\nmsgstr "b\\0c" "d"\n', {"a": "bd"}),
}

REFUSED = {
    "a string without its end": (b'msgid "a"\nmsgstr "b\n', "line 7: a string is not closed"),
    "a string over two lines": (b'msgid "a"\nmsgstr "b\nc"\n', "line 7: a string is not closed"),
    "an unknown escape": (b'msgid "a"\nmsgstr "\\q"\n', "line 7: a string has an unknown escape"),
    "no translation": (b'msgid "a"\n\nmsgid "b"\nmsgstr "c"\n', "line 8: msgstr is due, and 'msgid' was found"),
    "an end in the middle": (b'msgid "a"\n', "line 7: msgstr is due, and 'the end of the file' was found"),
    "a translation without text": (b'msgstr "a"\n', "line 6: msgid is due"),
    "forms that are not counted": (b'msgid "a"\nmsgid_plural "as"\nmsgstr[1] "x"\n', r"line 8: msgstr\[1\] stands where"),
    "forms without a plural": (b'msgid "a"\nmsgstr[0] "x"\n', "line 7: a string is due, and '\\[' was found"),
    "a plural with one form only": (b'msgid "a"\nmsgid_plural "as"\nmsgstr "x"\n', "line 8: \\[ is due"),
    "a comment within a message": (b'msgid "a"\n# c\nmsgstr "b"\n', "line 7: msgstr is due"),
    "a message twice": (b'msgid "a"\nmsgstr "1"\n\nmsgid "a"\nmsgstr "1"\n', "line 9: the message b'a' is defined twice"),
    "a message twice, once obsolete": (b'msgid "a"\nmsgstr "1"\n\n#~ msgid "a"\n#~ msgstr "1"\n', "line 9: .* twice"),
    "half a message obsolete": (b'#~ msgid "a"\nmsgstr "1"\n', "line 7: only some lines"),
    "a merge conflict": (b'<<<<<<< HEAD\nmsgid "a"\nmsgstr "b"\n', "line 6: '<' is unexpected"),
    "a keyword that is none": (b'msgid "a"\nmsgstring "b"\n', "line 7: .* 'msgstring' was found, which is no keyword"),
    "a byte that separates contexts": (b'msgid "a\x04b"\nmsgstr "c"\n', "line 6: there is a byte 4"),
    "bytes of another character set": (b'msgid "a"\nmsgstr "\xe9"\n', "line 7: not in the character set 'UTF-8'"),
    "a header twice": (HEADER, "line 6: the message b'' is defined twice"),
}


@pytest.mark.parametrize("case", USED)
def test_what_is_used(case: str) -> None:
    body, expected = USED[case]
    assert texts(body) == expected


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named_with_its_line(case: str) -> None:
    body, message = REFUSED[case]
    with pytest.raises(PoError, match=message):
        compile_translation(HEADER + body)


ENDLESS = {
    "a message twice": b'msgid "%s"\nmsgstr ""\n' % (b"x" * 500_000) * 2,
    "forms that are not counted": b'msgid "a"\nmsgid_plural "b"\nmsgstr[%s] ""\n' % (b"1" * 500_000),
    "a word": b"x" * 500_000,
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_is_refused_is_told_short_however_long_it_is(case: str) -> None:
    with pytest.raises(PoError) as told:
        compile_translation(ENDLESS[case])
    assert len(str(told.value)) < 1000


WHOLE_FILES = {
    "a byte order mark": b"\xef\xbb\xbf" + HEADER,
    "nothing": b"",
    "comments alone": b"# only\n",
    "an untranslated message alone": b'msgid "a"\nmsgstr ""\n',
    "a template's character set": HEADER.replace(b"UTF-8", b"CHARSET") + b'msgid "a"\nmsgstr "b"\n',
    "a character set that is no text": HEADER.replace(b"UTF-8", b"hex") + b'msgid "a"\nmsgstr "41"\n',
    "a template's plural rule": HEADER.replace(b"n != 1", b"EXPRESSION"),
    "a plural rule without rule": HEADER.replace(b"; plural=n != 1;", b""),
    "a plural rule that divides by zero": HEADER.replace(b"n != 1", b"n % 0"),
    "a plural rule that is too deep": HEADER.replace(b"n != 1", b"(" * 40 + b"n" + b")" * 40),
    "too many bytes": HEADER + b"#" * MAX_BYTES,
}


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_files_that_nobody_can_use(case: str) -> None:
    with pytest.raises(PoError):
        compile_translation(WHOLE_FILES[case])


def test_a_fuzzy_header_is_used_all_the_same() -> None:
    found = catalogue(b"#, fuzzy\n" + HEADER + b'msgid "a"\nmsgstr "\xc3\xa9"\n')
    assert found is not None
    assert found["a"] == "é"


def test_the_time_of_the_template_is_left_out() -> None:
    found = catalogue(HEADER[:-1] + b'"POT-Creation-Date: 2026-01-01 00:00+0000\\n"\n"Language: fr\\n"\n')
    assert found is not None
    assert found[""].endswith("plural=n != 1;\nLanguage: fr\n")


@pytest.mark.parametrize(("charset", "text"), [("ISO-8859-1", "é"), ("Shift_JIS", "表n"), ("BIG5", "功"), ("GB2312", "功")])
def test_other_character_sets(charset: str, text: str) -> None:
    """In two of them a character's second byte is a backslash."""
    body = f'msgid "a"\nmsgstr "{text}"\n'.encode(charset)
    found = catalogue(HEADER.replace(b"UTF-8", charset.encode()) + body)
    assert found is not None
    assert found["a"] == text


def test_messages_keep_the_order_of_the_file() -> None:
    assert [message.key for message in parse(b'msgid "b"\nmsgstr ""\nmsgid "a"\nmsgstr ""\n')] == [b"b", b"a"]


# --- beside the real msgfmt ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def msgfmt() -> str:
    found = shutil.which("msgfmt")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("msgfmt is missing: install gettext")
        pytest.skip("msgfmt is not installed (package gettext)")
    return found


def real_catalogue(msgfmt: str, data: bytes, folder: Path) -> dict[object, str] | None:
    source, compiled = folder / "x.po", folder / "x.mo"
    source.write_bytes(data)
    compiled.unlink(missing_ok=True)
    subprocess.run([msgfmt, "-o", str(compiled), str(source)], capture_output=True, check=False)
    try:
        with compiled.open("rb") as file:
            translations = gettext.GNUTranslations(file)
            translations.gettext("\0")
    except (OSError, ArithmeticError, LookupError, ValueError):
        return None
    found = dict(vars(translations)["_catalog"])
    # Versions of msgfmt differ in whether they turn everything into UTF-8, and what they then write into the header.
    return {key: text for key, text in found.items() if key != ""}


def ours(data: bytes) -> dict[object, str] | None:
    found = catalogue(data)
    return None if found is None else {key: text for key, text in found.items() if key != ""}


@pytest.mark.parametrize("case", [*USED, *REFUSED])
def test_the_tables_hold_for_msgfmt(case: str, msgfmt: str, tmp_path: Path) -> None:
    data = HEADER + (USED.get(case) or REFUSED[case])[0]
    assert real_catalogue(msgfmt, data, tmp_path) == ours(data)


_WORDS = st.sampled_from(["a", "b", "é", "%d", "\\n", '\\"', "\\\\", "\\101", ""])
_STRING = st.lists(_WORDS, max_size=3).map(lambda words: '"{}"'.format("".join(words)))
_LINE = st.one_of(
    st.tuples(st.sampled_from(["msgid", "msgstr", "msgctxt", "msgid_plural", "msgstr[0]", "msgstr[1]"]), _STRING).map(" ".join),
    _STRING,
    st.sampled_from(["", "# c", "#, fuzzy", "#: x.py:1", "#~", "domain", '"', "\\", "msgstr[", "#~ # c", "#| # c"]),
)
_MESSAGE = st.one_of(
    st.tuples(_STRING, _STRING).map(lambda pair: f"msgid {pair[0]}\nmsgstr {pair[1]}"),
    st.tuples(_STRING, _STRING).map(lambda pair: f'msgid {pair[0]}\nmsgid_plural "s"\nmsgstr[0] {pair[1]}\nmsgstr[1] "y"'),
    st.tuples(_STRING, _STRING).map(lambda pair: f"#, fuzzy\nmsgctxt {pair[0]}\nmsgid {pair[1]}\nmsgstr {pair[0]}"),
    st.tuples(_STRING, _STRING).map(lambda pair: f"#~ msgid {pair[0]}\n#~ msgstr {pair[1]}"),
    _LINE,
)
_MARKED = st.tuples(st.sampled_from(["", "", "", "#~ ", "#| "]), _MESSAGE).map("".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(_MARKED, max_size=5).map("\n".join))
def test_whatever_is_written_msgfmt_and_we_agree(body: str, msgfmt: str, tmp_path: Path) -> None:
    data = HEADER + body.encode() + b"\n"
    assert real_catalogue(msgfmt, data, tmp_path) == ours(data)
