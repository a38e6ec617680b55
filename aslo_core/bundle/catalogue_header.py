"""The header of a translation's catalogue: what of it makes Python's gettext work without bound, or read one text as another.

Source: GNU gettext manual, sections "Filling in the Header Entry" and "The Format of GNU MO Files".
"""

from __future__ import annotations

import codecs
import re

from aslo_core.plain_text import shown

_MOST_BYTES = 16 * 1024
_MOST_PLURAL_FORMS = 4
_LONGEST_CHARSET = 100
# The names that msgfmt calls portable, as Python spells them. Other codecs of Python's are no character sets (punycode, idna,
# unicode_escape), or hide what they encode (utf-7), or end strings at zero bytes (utf-16).
_PORTABLE = re.compile(
    r"ascii|utf-8|iso8859-\d+|koi8-[rtu]|cp(?:850|866|874|932|949|950|125\d)|gb2312|gbk|gb18030|euc_(?:jp|kr)|big5(?:hkscs)?"
    r"|shift_jis|johab|tis-620"
)


class HeaderError(ValueError):
    """A header that is not to be read any further; says why."""


def check_header(header: bytes) -> None:
    """Check a header before gettext reads it, which takes quadratic time over long ones and compiles each plural rule.

    Args:
        header: the translation of the empty text.

    Raises:
        HeaderError: it is too long, states its plural forms too often, or as `check_charset` says.
    """
    if len(header) > _MOST_BYTES:
        raise HeaderError(f"its header has {len(header)} bytes; the limit is {_MOST_BYTES}")
    plural_forms = header.lower().count(b"plural-forms")
    if plural_forms > _MOST_PLURAL_FORMS:
        raise HeaderError(f"its header states the plural forms {plural_forms} times; the limit is {_MOST_PLURAL_FORMS}")
    for stated in header.split(b"charset=")[1:]:
        check_charset(stated.partition(b"\n")[0].decode("utf-8", "replace"))


def check_charset(name: str) -> None:
    """Check the name of a character set before anything is decoded by it: some of Python's codecs take quadratic time.

    Args:
        name: all that a line of a header has behind `charset=`. Python looks past blanks and signs in it, so that ` idna;` is
            `idna`; what counts is the codec that it finds.

    Raises:
        HeaderError: it is too long, or none of gettext's character sets.
    """
    try:
        known = codecs.lookup(name).name if len(name) <= _LONGEST_CHARSET else ""
    except (LookupError, ValueError):
        known = ""
    if not _PORTABLE.fullmatch(known):
        raise HeaderError(f"its header names {shown(name)}, which is no character set for translations; write UTF-8")
