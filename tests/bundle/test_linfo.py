from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.languages import language
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.bundle.linfo import FoundTranslation, translations

INFO = ActivityInfo.parse(b"[Activity]\nname=Maze\nsummary=Find the way\nbundle_id=a.b\nexec=x\n")


def read(
    files: dict[str, bytes], info: ActivityInfo = INFO, most: int = 10
) -> tuple[tuple[FoundTranslation, ...], tuple[str, ...]]:
    named = {f"locale/{name}/activity.linfo": data for name, data in files.items()}
    return translations(info, list(named), lambda name, *_: named[name], InspectionLimits(linfo_languages=most))


def linfo(name: str, summary: str) -> bytes:
    return f"[Activity]\nname = {name}\nsummary = {summary}\n".encode()


def test_translations_are_sorted_by_language() -> None:
    found, warnings = read({"pt_BR": linfo("Labirinto", "Ache"), "es": linfo("Laberinto", "Encuentra")})
    assert found == (
        FoundTranslation(language="es", name="Laberinto", summary="Encuentra"),
        FoundTranslation(language="pt_BR", name="Labirinto", summary="Ache"),
    )
    assert warnings == ()


def test_what_is_not_translated_is_empty() -> None:
    assert read({"es": linfo("Maze", "Encuentra")})[0] == (FoundTranslation(language="es", name="", summary="Encuentra"),)
    assert read({"es": b"[Activity]\n"})[0] == (FoundTranslation(language="es", name="", summary=""),)


def test_the_header_of_a_translation_file_is_no_summary() -> None:
    info = ActivityInfo.parse(b"[Activity]\nname=Maze\nbundle_id=a.b\nexec=x\n")
    found, _ = read({"es": linfo("Laberinto", "Project-Id-Version: PACKAGE VERSIONReport-Msgid-Bugs-To: ")}, info)
    assert found[0].summary == ""


def test_texts_are_made_harmless() -> None:
    assert read({"es": linfo("Labe\u202erinto\x1b", "100% facil")})[0] == (
        FoundTranslation(language="es", name="Laberinto", summary="100% facil"),
    )


TOO_LONG = b"[Activity]\nname=" + b"x" * 200


@pytest.mark.parametrize("data", [b"", b"name = x\n", b"[Activity]\nx\n", TOO_LONG])
def test_a_file_that_cannot_be_read_is_left_out_with_a_warning(data: bytes) -> None:
    found, warnings = read({"es": data, "fr": linfo("Labyrinthe", "Sortez")})
    assert [translation.language for translation in found] == ["fr"]
    assert len(warnings) == 1
    rule = "bundle.linfo-too-long" if data == TOO_LONG else "bundle.linfo-unreadable"
    assert (warnings[0].rule, warnings[0].file) == (rule, "locale/es/activity.linfo")


def test_languages_have_names_and_a_limit() -> None:
    found, warnings = read({"not a language": linfo("x", "y"), "pt-BR": linfo("x", "y"), "pt_BR": linfo("z", "y")})
    assert [(translation.language, translation.name) for translation in found] == [("pt_BR", "x")]
    assert len(warnings) == 2
    found, warnings = read({"de": linfo("x", "y"), "es": linfo("x", "y")}, most=1)
    assert (len(found), len(warnings)) == (1, 1)


@pytest.mark.parametrize("tag", ["es", "aym", "pt_BR", "zh_Hant_TW", "es_419", "sr@latin", "pt-BR"])
def test_languages(tag: str) -> None:
    assert language(tag) == tag.replace("-", "_")


@pytest.mark.parametrize("tag", ["", "e", "english", "EN", "pt_br", "..", "es/..", "es_", "es\n", "es@", "C"])
def test_what_is_no_language(tag: str) -> None:
    assert language(tag) == ""


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    found, warnings = read({"es": data, "fr": b"[Activity]\n" + data})
    assert len(found) + len(warnings) >= 2


def test_what_cannot_be_read_counts_as_well() -> None:
    looked_at = []
    names = [f"locale/{a}{b}/activity.linfo" for a in "abcdefgh" for b in "abcdefgh"]

    def junk(name: str, *_: object) -> bytes:
        looked_at.append(name)
        return b"junk"

    found, warnings = translations(INFO, names, junk, InspectionLimits(linfo_languages=10))
    assert found == ()
    assert len(looked_at) == 10
    assert sum(warning.rule == "bundle.linfo-surplus" for warning in warnings) == 54
