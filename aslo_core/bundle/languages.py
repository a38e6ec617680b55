"""Names of languages as translations use them: `es`, `pt_BR`, `sr@latin`, `zh_Hant_TW`."""

from __future__ import annotations

import re

# ISO 639, an ISO 15924 script, an ISO 3166 or UN M.49 region, a modifier of gettext's.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_(?:[A-Z]{2}|[0-9]{3}))?(?:@[a-z]{2,12})?")


def language(text: str) -> str:
    """Return the language that a directory is named after, with `_` for `-`, or empty if it names none."""
    name = text.replace("-", "_")
    return name if _LANGUAGE.fullmatch(name) else ""
