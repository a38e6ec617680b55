from __future__ import annotations

import codecs
import struct
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.catalogues import catalogue_warnings
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.mo import compile_messages
from aslo_core.bundle.po import parse
from aslo_core.bundle.po_tokens import PoError
from aslo_core.bundle.translations import compile_translation

LIMITS = InspectionLimits()
PATH = "locale/es/LC_MESSAGES/org.example.Maze.mo"
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=n != 1;\\n"\n'
GOOD = compile_translation(f'{HEADER}\nmsgid "Maze"\nmsgstr "Laberinto"\n'.encode()).catalogue


def warned(data: bytes, path: str = PATH) -> str:
    return " ".join(warning.text for warning in catalogue_warnings([path], lambda _name, _most, _option: data, LIMITS))


def test_a_good_catalogue_and_what_is_none() -> None:
    assert warned(GOOD) == ""
    assert warned(b"nonsense", "data/nonsense.mo") == ""


def headed(header: str) -> bytes:
    return compile_messages(parse(f'msgid ""\nmsgstr "{header}"\n'.encode()))


def laid_out(count: int, originals: int, translations: int, rest: bytes = b"") -> bytes:
    return struct.pack("<7I", 0x950412DE, 0, count, originals, translations, 0, 0) + rest


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "begin"),
        (b"PK\3\4" + bytes(100), "begin"),
        (GOOD[:19], "begin"),
        (GOOD[:60], "longer than the file"),
        (laid_out(1 << 31, 28, 28), "lists of 2147483648"),
        (laid_out(1, 1 << 31, 28), "lists"),
        (laid_out(1, 28, 28, struct.pack("<2I", 1 << 30, 0)), "messages are longer"),
        (laid_out(9, 28, 28, struct.pack("<2I", 0, 28) * 9), "9 headers"),
        (GOOD.replace(b"UTF-8", b"utf-7"), "no character set"),
        (headed("a:\\n" + "b\\n" * 500_000), "header has 1000"),
        (headed("plural-forms:;plural=n\\n" * 500), "500 times"),
        (GOOD.replace(b"UTF-8", b"EVIL8"), "no character set"),
        (GOOD.replace(b"Laberinto", b"Laberint\xff"), "gettext refuses"),
        (GOOD.replace(b"n != 1", b"1 / 0 "), "gettext refuses"),
        (GOOD.replace(b"n != 1", b"a.b() "), "gettext refuses"),
    ],
)
def test_what_gettext_would_refuse(data: bytes, why: str) -> None:
    told = warned(data)
    assert why in told
    assert "msgfmt" in told


def test_messages_that_share_their_bytes_cost_nothing() -> None:
    count = 100_000
    listed = struct.pack("<2I", 800_000, 28) * count
    before = time.process_time()
    assert "messages are longer" in warned(laid_out(count, 28, 28, listed + bytes(100_000)))
    assert time.process_time() - before < 5


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_no_change_does_anything_but_pass_or_be_warned_of(at: int, change: bytes) -> None:
    warned(GOOD[:at] + change + GOOD[at + len(change) :])


def test_what_is_not_looked_at_is_told() -> None:
    paths = [f"locale/x{number:03}/LC_MESSAGES/a.mo" for number in range(300)]
    (surplus,) = catalogue_warnings(paths, lambda *_: GOOD, LIMITS)
    assert surplus.rule == "bundle.mo-surplus"
    assert "100 of the bundle's 300 compiled translations" in surplus.found
    assert "[bundle] languages" in surplus.found


def test_many_messages_in_many_catalogues_take_no_long_time() -> None:
    many = laid_out(130_000, 28, 28, struct.pack("<2I", 0, 28) * 130_000)
    before = time.process_time()
    *_, surplus = catalogue_warnings([f"locale/x{n:03}/LC_MESSAGES/a.mo" for n in range(199)], lambda *_: many, LIMITS)
    assert surplus.rule == "bundle.mo-surplus"
    assert time.process_time() - before < 1


@pytest.mark.parametrize("header", ["a:\\n" + "b\\n" * 500_000, "plural-forms:;plural=n\\n" * 500, "X: charset=punycode\\n"])
def test_a_source_whose_header_gettext_could_not_bear(header: str) -> None:
    with pytest.raises(PoError, match="its header"):
        compile_translation(f'msgid ""\nmsgstr "{header}"\n\nmsgid "a"\nmsgstr "b"\n'.encode())


@pytest.fixture
def decoded_by_witness() -> Iterator[list[bytes]]:
    """What Python decodes by a codec of ours, which like its own `idna` is no character set."""
    decoded: list[bytes] = []

    def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
        decoded.append(bytes(data))
        return bytes(data).decode("latin-1"), len(data)

    def search(name: str) -> codecs.CodecInfo | None:
        return codecs.CodecInfo(codecs.latin_1_encode, decode, name="witness") if name == "witness" else None

    codecs.register(search)
    yield decoded
    codecs.unregister(search)


@pytest.mark.parametrize("stated", ["witness", " witness", "\rwitness", "\u00e9witness", "Witness;", "witness charset=UTF-8"])
def test_nothing_is_decoded_by_what_is_no_character_set(stated: str, decoded_by_witness: list[bytes]) -> None:
    """Python looks past the signs around a codec's name."""
    header = f'msgid ""\nmsgstr "Content-Type: text/plain; charset={stated}\\n"\n'
    with pytest.raises(PoError, match="is no character set for translations"):
        compile_translation(f'{header}\nmsgid "a"\nmsgstr "\u00e9"\n'.encode())
    assert decoded_by_witness == []


def test_the_endless_name_of_a_character_set_is_told_short() -> None:
    with pytest.raises(PoError) as told:
        compile_translation(b'msgid ""\nmsgstr "charset=%s"\nmsgid "a"\nmsgstr "\xe9"\n' % (b"x" * 1_000_000))
    assert len(str(told.value)) < 1000


@pytest.mark.parametrize("charset", ["utf8", "ISO-8859-15", "latin1", "KOI8-R", "CP1252", "BIG5", "EUC-KR", "ASCII"])
def test_the_character_sets_that_translations_have(charset: str) -> None:
    compile_translation(f'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\n'.encode())
