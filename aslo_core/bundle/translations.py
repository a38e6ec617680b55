"""Translations of an activity: from `po/<language>.po` to what lies below `locale/<language>/` in a bundle."""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass

from aslo_core.bundle.catalogue_header import HeaderError, check_header
from aslo_core.bundle.mo import compile_messages
from aslo_core.bundle.po import parse
from aslo_core.bundle.po_tokens import PoError


@dataclass(frozen=True)
class Compiled:
    """One translation that both gettext and Python's gettext can use.

    Attributes:
        catalogue: the `.mo` file's bytes.
        translations: the same, as Python reads it.
    """

    catalogue: bytes
    translations: gettext.GNUTranslations

    def info(self, name: str, summary: str) -> bytes:
        """Make the `activity.linfo`: name and summary in this language, or as given where not translated.

        It is as Sugar's builder writes it (`build_locale`), newlines in the summary removed, but for one thing: for an empty
        summary that looks up the empty text, which is the catalogue's header.
        """
        translated = self.translations.gettext(summary).replace("\n", "") if summary else ""
        return f"[Activity]\nname = {self.translations.gettext(name)}\nsummary = {translated}\n".encode()


def compile_translation(data: bytes) -> Compiled:
    """Compile a `.po` file.

    Raises:
        PoError: `msgfmt` or Python's gettext would refuse it, or `msgfmt` would write nothing; Sugar's builder ends then.
    """
    messages = parse(data)
    catalogue = compile_messages(messages)
    if not catalogue:
        raise PoError("nothing in it is translated, and it has no header")
    try:
        for header in (message.forms[0] for message in messages if not message.key):
            check_header(header)
    except HeaderError as fault:
        raise PoError(str(fault)) from fault
    try:
        translations = gettext.GNUTranslations(io.BytesIO(catalogue))
        translations.ngettext("\0", "\0", 1)  # nobody's text, so that the plural rule is evaluated, by every Python alike
    except (ArithmeticError, LookupError, OSError, ValueError, RecursionError) as fault:
        raise PoError(f"Python's gettext refuses it: {fault}") from fault
    return Compiled(catalogue, translations)
