from __future__ import annotations

import base64
import re
import struct
import time
import zlib
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.bundle.icon import Icon, clean_icon
from aslo_core.bundle.svg_allowed import ATTRIBUTES, ELEMENTS, SVG
from aslo_core.errors import Permanent

SECONDS = 10  # of processor time, on a slow machine under a tracer; what these tests guard against takes minutes
LIMIT = 256 * 1024
SUGAR = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- Made by hand -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
  <!ENTITY stroke_color "#123456">
  <!ENTITY fill_color '#FEDCBA'>
  <!ENTITY ns_svg "http://www.w3.org/2000/svg">
]>
<svg xmlns="&ns_svg;" width="55px" height="55">
<circle cx="27" cy="27" r="20" fill="&fill_color;" stroke="&stroke_color;"/></svg>"""


def clean(drawing: str, root: str = "", prolog: str = "") -> Icon:
    xml = f'{prolog}<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>{drawing}<path d="M0 0"/></svg>'
    return clean_icon(xml.encode(), LIMIT)


def refused(data: bytes | str, limit: int = LIMIT) -> str:
    with pytest.raises(Permanent) as error:
        clean_icon(data.encode() if isinstance(data, str) else data, limit)
    return error.value.rule


def elements(icon: Icon) -> list[str]:
    return [element.tag.removeprefix(f"{{{SVG}}}") for element in fromstring(icon.svg).iter()]  # noqa: S314 - what was cleaned


def test_an_icon_of_sugar() -> None:
    icon = clean_icon(SUGAR, LIMIT)
    assert icon.warnings == ()
    assert 'fill="#FEDCBA"' in icon.svg
    assert 'stroke="#123456"' in icon.svg
    assert 'viewBox="0 0 55 55"' in icon.svg
    assert "DOCTYPE" not in icon.svg
    assert elements(icon) == ["svg", "circle"]


def test_colours_that_nobody_declared() -> None:
    assert 'fill="#FFFFFF"' in clean('<rect fill="&fill_color;" stroke="&stroke_color;"/>').svg


def test_the_style_of_an_element_becomes_attributes() -> None:
    icon = clean('<rect fill="red" style="fill:&fill_color;;stroke-width:3.5;-inkscape-x:1;font-size:12px !important"/>')
    assert '<rect fill="#FFFFFF" stroke-width="3.5" font-size="12px" />' in icon.svg


def test_style_sheets_become_attributes() -> None:
    icon = clean(
        '<style type="text/css">/* { */ .st0{fill:#fff;stroke:#010101} rect,.st1 {fill:blue}</style>'
        "<style>#two{fill:green} rect.st0{opacity:.5}</style>"
        '<rect class="st0"/><circle class="st1 st0" id="two"/>'
    )
    assert '<rect fill="#fff" stroke="#010101" opacity=".5" />' in icon.svg
    assert '<circle id="two" fill="green" stroke="#010101" />' in icon.svg
    assert "style" not in icon.svg


def test_what_drawing_programs_leave_behind_goes_without_a_word() -> None:
    icon = clean(
        '<metadata><rdf:RDF xmlns:rdf="urn:r"/></metadata><sodipodi:namedview inkscape:zoom="1"/><title>x</title>'
        '<switch><foreignObject requiredExtensions="urn:x"/><g><rect/></g></switch>'
    )
    assert elements(icon) == ["svg", "g", "g", "rect", "path"]
    assert icon.warnings == ()


def test_prefixes_and_svg_elements_by_prefix() -> None:
    icon = clean_icon(f'<svg:svg xmlns:svg="{SVG}"><svg:g inkscape:label="x"><svg:rect/></svg:g></svg:svg>'.encode(), LIMIT)
    assert icon.svg == f'<svg xmlns="{SVG}"><g><rect /></g></svg>'


def test_references_within_the_drawing_stay() -> None:
    icon = clean(
        '<defs><linearGradient id="a"><stop offset="0" stop-color="red"/></linearGradient>'
        '<linearGradient id="b" xlink:href="#a"/></defs>'
        '<rect id="r" fill="url(#b)"/><use href="#r" x="1"/>'
    )
    assert 'fill="url(#b)"' in icon.svg
    assert icon.svg.count("href=") == 2
    assert icon.warnings == ()


@pytest.mark.parametrize(
    "drawing",
    [
        "<script>alert(1)</script>",
        '<SCRIPT href="http://evil.example/x.js"/>',
        '<rect onload="alert(1)"/>',
        '<rect ONCLICK="alert(1)"/>',
        '<use xlink:href="http://evil.example/x.svg#a"/>',
        '<use href="file:///etc/passwd"/>',
        '<use href="data:image/svg+xml,&lt;svg/&gt;#x"/>',
        '<image xlink:href="http://evil.example/spy.png"/>',
        '<image href="file:///etc/passwd"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
        '<image href="data:image/png;base64,PHN2Zy8+"/>',
        '<rect fill="url(http://evil.example/#x)"/>',
        '<rect style="fill:url(//evil.example/x)"/>',
        '<rect fill="u\\72l(http://evil.example)"/>',
        '<rect clip-path="url(#a) url(javascript:alert(1))"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        '<audio src="x"/>',
        '<feImage href="http://evil.example"/>',
    ],
)
def test_what_runs_or_fetches_is_left_out_with_a_warning(drawing: str) -> None:
    icon = clean(drawing)
    for word in ("evil", "alert", "script", "file:", "data:", "onload", "url("):
        assert word not in icon.svg.lower()
    assert len(icon.warnings) == 1
    assert icon.warnings[0].isascii()


@pytest.mark.parametrize(
    "drawing",
    [
        "<style>@import url(http://evil.example);</style>",
        "<style>rect{fill:url(http://evil.example)} rect{background:url(http://evil.example)}</style><rect/>",
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert("evil")</script></body></foreignObject>',
        "<a href=\"javascript:alert('evil')\"><rect/></a>",
        '<text>x<evil xmlns="urn:x">evil</evil></text>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">evil</x:script>',
        '<rect xmlns:e="urn:x" e:href="evil"/>',
        "<!-- evil --><?evil?>",
    ],
)
def test_what_could_reach_into_a_page_is_gone(drawing: str) -> None:
    assert "evil" not in clean(drawing).svg


def test_characters_stay_characters() -> None:
    assert "<text>a&lt;b &amp; c<tspan>d</tspan>e</text>" in clean("<text>a&lt;b &amp; c\u202e<tspan>d</tspan>e</text>").svg


def picture(width: int, height: int) -> str:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes(min(height, 1000) * (1 + 3 * min(width, 1000))))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def test_an_embedded_picture_stays_if_it_is_small() -> None:
    assert "data:image/png" in clean(f'<image xlink:href="{picture(100, 100)}"/>').svg
    assert "data:image/png" not in clean(f'<image xlink:href="{picture(50_000, 50_000)}"/>').svg


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "bundle.icon-malformed"),
        (b"GIF89a", "bundle.icon-malformed"),
        (b"\xff\xfe<\x00s\x00", "bundle.icon-malformed"),
        ("<svg><rect></svg>", "bundle.icon-malformed"),
        ("<html><rect/></html>", "bundle.icon-malformed"),
        (f'<svg xmlns="{SVG}"><g/></svg>', "bundle.icon-empty"),
        (f'<svg xmlns="{SVG}"><script/></svg>', "bundle.icon-empty"),
        ("<svg><rect fill='&nobody;'/></svg>", "bundle.icon-entity"),
        ('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text>&x;</text></svg>', "bundle.icon-entity"),
        ('<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://e/x">%x;]><svg><text>&y;</text></svg>', "bundle.icon-entity"),
        ('<!DOCTYPE svg [<!ENTITY a "<script/>">]><svg><g>&a;</g></svg>', "bundle.icon-entity"),
        ('<!DOCTYPE svg [<!ENTITY a \'x"y\'>]><svg><g a="&a;"/></svg>', "bundle.icon-entity"),
        ("<!DOCTYPE svg [<!--<!ENTITY a 'x'>-->]><svg><g a=\"&a;\"/></svg>", "bundle.icon-entity"),
        ('<svg><g/><!DOCTYPE svg [<!ENTITY a "x">]></svg>', "bundle.icon-malformed"),
        ('<!DOCTYPE svg [<!ENTITY a "x">]><!DOCTYPE svg><svg><rect/></svg>', "bundle.icon-malformed"),
        ("<!--" * 10_000, "bundle.icon-malformed"),
        ("<!DOCTYPE svg [" + "<!--" * 10_000, "bundle.icon-malformed"),
        ("<g>" * 1_000 + "</g>" * 1_000, "bundle.icon-malformed"),
        ("<svg>" + "<g>" * 5_000 + "</g>" * 5_000 + "</svg>", "bundle.icon-too-complex"),
        ("<svg>" + "<rect/>" * 30_000 + "</svg>", "bundle.icon-too-complex"),
        ("<svg>" + " " * LIMIT + "</svg>", "bundle.icon-too-large"),
        ('<svg><g id="a"><use href="#a"/></g></svg>', "bundle.icon-too-complex"),
        ('<svg><pattern id="a"><rect fill="url(#a)"/></pattern></svg>', "bundle.icon-too-complex"),
    ],
)
def test_what_is_no_drawing_is_refused(data: bytes | str, rule: str) -> None:
    before = time.process_time()
    assert refused(data) == rule
    assert time.process_time() - before < SECONDS


def test_nested_entities_are_not_expanded() -> None:
    levels = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    assert refused(f'<!DOCTYPE svg [<!ENTITY l0 "lol">{levels}]><svg><text>&l9;</text></svg>') == "bundle.icon-entity"


def test_flat_entities_do_not_grow_without_bound() -> None:
    bomb = f'<!DOCTYPE svg [<!ENTITY a "{"x" * 200}">]><svg><text>{"&a;" * 80_000}</text></svg>'
    assert refused(bomb) == "bundle.icon-too-large"


def test_references_to_references_do_not_grow_without_bound() -> None:
    levels = "".join(f'<g id="l{number}">' + f'<use href="#l{number - 1}"/>' * 10 + "</g>" for number in range(1, 12))
    assert refused(f'<svg><rect id="l0"/>{levels}</svg>') == "bundle.icon-too-complex"


def test_references_do_not_go_too_deep() -> None:
    chain = "".join(f'<g id="l{number}"><use href="#l{number - 1}"/></g>' for number in range(1, 500))
    assert refused(f'<svg><rect id="l0"/><use href="#l499"/>{chain}</svg>') == "bundle.icon-too-complex"


def test_style_sheets_do_not_grow_without_bound() -> None:
    rules = "".join(f"{name}:{'x' * 900};" for name in sorted(ATTRIBUTES))
    before = time.process_time()
    assert refused(f"<svg><style>g{{{rules}}}</style>{'<g/>' * 30_000}</svg>") == "bundle.icon-too-complex"
    assert time.process_time() - before < SECONDS


@pytest.mark.parametrize("piece", ["/*", "a{", "url(", "<a", "&a", "<!--", "<!ENTITY a '", "a:", "9", "x:y=''", "<?"])
def test_repetition_takes_no_long_time(piece: str) -> None:
    many = piece * (200_000 // len(piece))
    before = time.process_time()
    for drawing in (
        many,
        f"<svg>{many}</svg>",
        f"<svg><style>{many}",
        f"<svg width='{many}'><rect/></svg>",
        f"<!DOCTYPE svg [{many}",
    ):
        try:
            clean_icon(drawing.encode(), LIMIT)
        except Permanent:
            continue
    assert time.process_time() - before < SECONDS


PIECES = [
    *(
        "<g>",
        "</g>",
        "<rect/>",
        "<use href='#a'/>",
        "<g id='a'>",
        "<style>",
        "</style>",
        "a{fill:url(#a)}",
        "<script>",
        "</script>",
    ),
    *(
        "<text>",
        "</text>",
        " on",
        "x",
        "<a href='javascript:x'>",
        "</a>",
        "&fill_color;",
        "&amp;",
        "&#x202e;",
        "<![CDATA[<script>]]>",
    ),
    *(
        "<rect style='fill:url(//x)'/>",
        "<rect onclick='x'/>",
        "<image href='http://x'/>",
        "<!DOCTYPE x>",
        "<!--",
        "-->",
        "<?x",
        "?>",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.booleans())
def test_whatever_comes_out_is_on_the_lists(drawing: str, declared: bool) -> None:
    prolog = '<!DOCTYPE svg [<!ENTITY fill_color "red">]>' if declared else ""
    try:
        icon = clean(drawing, prolog=prolog)
    except Permanent:
        return
    for element in fromstring(icon.svg).iter():  # noqa: S314 - what was cleaned
        assert element.tag.removeprefix(f"{{{SVG}}}") in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES | {"href"}
        assert re.fullmatch(r"#.*|", element.get("href", ""))


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_clean_or_be_refused(data: bytes) -> None:
    for whole in (data, b"<svg>" + data + b"<rect/></svg>", b"<!DOCTYPE svg [" + data + b"]><svg><rect/></svg>"):
        try:
            clean_icon(whole, LIMIT)
        except Permanent:
            continue


def test_of_two_elements_with_one_name_the_first_keeps_it() -> None:
    icon = clean('<g id="a"><rect width="9"/></g><g id="a"/><use href="#a"/>')
    assert icon.svg.count('id="a"') == 1
    assert icon.svg.index('id="a"') < icon.svg.index("rect")
    assert "second id a" in icon.warnings[0]


@pytest.mark.parametrize("value", ["image-set('http://e/x' 1x)", "src('x')", "-webkit-image-set('x')", "var(--x)"])
@pytest.mark.parametrize("where", ["mask='{}'", "style='mask: {}'"])
def test_functions_that_may_fetch_are_left_out(value: str, where: str) -> None:
    icon = clean(f"<rect {where.format(value.replace(chr(39), '&quot;'))}/>")
    assert "mask" not in icon.svg
    assert "mask" in icon.warnings[0]


@pytest.mark.parametrize("value", ["rgb(1, 2, 3)", "HSL(1 2% 3%)", "#000 icc-color(a, 1)"])
def test_functions_of_colours_stay(value: str) -> None:
    assert f'fill="{value}"' in clean(f'<rect fill="{value}" transform="translate(1) skewX(2)"/>').svg


def test_style_elements_within_each_other_take_no_long_time() -> None:
    before = time.process_time()
    clean("<style>" * 15_000 + "</style>" * 15_000 + "<rect/>")
    assert time.process_time() - before < 1


def test_a_namespace_that_would_be_repeated_without_end() -> None:
    assert refused(f'<svg xmlns="{SVG}"><g xmlns:z="{"u" * 501}"><z:x/></g></svg>') == "bundle.icon-malformed"
