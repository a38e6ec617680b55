"""Read translations as gettext's `msgfmt` reads them: the grammar of PO files, and which of them it refuses.

The format is specified in the GNU gettext manual, section "The Format of PO Files". General PO libraries are made for
editors and forgive what `msgfmt` refuses, or split lines where it does not; a bundle's translations are to be exactly those
that Sugar's own builder would have compiled. Only the standard library is imported, since this runs inside a sandbox.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aslo_core.bundle.catalogue_header import HeaderError, check_charset
from aslo_core.bundle.po_tokens import KEYWORDS, PoError, Token, tokens, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 2 << 20
"""Size beyond which a translation is not read; the largest real ones have a tenth of it."""


@dataclass(frozen=True)
class Message:
    """One translated message, in the bytes of the file's own character set.

    Attributes:
        key: the original text, behind its context and the byte 4 where it has one.
        plural: the original plural, or None.
        forms: the translation, or one for each plural form.
        fuzzy: whether it waits for review; such a translation is not used, unless it is the header.
    """

    key: bytes
    plural: bytes | None
    forms: tuple[bytes, ...]
    fuzzy: bool


def parse(data: bytes) -> tuple[Message, ...]:
    """Read all messages that are not obsolete, translated or not, in the order of the file.

    Raises:
        PoError: `msgfmt` would refuse the file.
    """
    if len(data) > MAX_BYTES:
        raise PoError(f"it has {len(data)} bytes, and {MAX_BYTES} are allowed")
    if data.startswith(codecs.BOM_UTF8):
        raise PoError("line 1: it begins with a byte order mark, which gettext does not understand")
    data = data.replace(b"\\\n", b"")
    reader = _Reader(data.decode("latin-1"), "latin-1")
    try:
        messages = tuple(reader.messages())
    except PoError:
        if not reader.has_quotes_inside_characters:
            raise
    if reader.has_quotes_inside_characters:
        messages = tuple(_Reader(data.decode(reader.charset, "surrogateescape"), reader.charset).messages())
    return messages


_QUOTES_INSIDE_CHARACTERS = {"big5", "big5-hkscs", "gbk", "gb18030", "shift_jis", "johab"}
"""Character sets in which a backslash byte can be half of a character."""

_FLAGS = re.compile(r"[,\s]+")
_CONTEXT_END = b"\x04"


class _Reader:
    """A recursive-descent parser with one token of lookahead, as the grammar needs."""

    def __init__(self, text: str, encoding: str) -> None:
        self._tokens = tokens(text)
        self._encoding = encoding
        self._next = next(self._tokens)
        self.charset = ""

    def messages(self) -> Iterator[Message]:
        """Read to the end; refuses a message that is defined twice."""
        seen: set[bytes] = set()
        fuzzy = False
        while self._next.kind != "end":
            if self._next.kind == "comment":
                fuzzy = _says_fuzzy(self._take().text) or fuzzy
                continue
            if self._at("domain"):
                self._expect("string", None, self._take())
            else:
                first, message = self._message(fuzzy=fuzzy)
                if message.key in seen:
                    raise PoError(f"line {first.line}: the message {message.key[:80]!r} is defined twice")
                seen.add(message.key)
                if not first.obsolete:
                    yield message
            fuzzy = False

    def _message(self, *, fuzzy: bool) -> tuple[Token, Message]:
        self._skip_previous()
        first = self._next
        if first.previous:
            raise PoError(f"line {first.line}: a message is due, and a former one was found")
        context = self._keyword_and_strings("msgctxt", first) if self._at("msgctxt") else None
        key = self._keyword_and_strings("msgid", first)
        plural = None
        if self._at("msgid_plural"):
            plural = self._keyword_and_strings("msgid_plural", first)
            forms = self._plural_forms(first)
        else:
            forms = (self._keyword_and_strings("msgstr", first),)
        if _CONTEXT_END in key or _CONTEXT_END in (context or b""):
            raise PoError(f"line {first.line}: there is a byte 4, which separates a context from its message")
        if context is None and not key and not self.charset:
            self._learn_charset(forms[0])
        whole = key if context is None else context + _CONTEXT_END + key
        return first, Message(whole, plural, forms, fuzzy)

    def _plural_forms(self, first: Token) -> tuple[bytes, ...]:
        forms: list[bytes] = []
        while self._at("msgstr") or not forms:
            self._keyword("msgstr", first)
            self._expect("bracket", "[", first)
            index = self._expect("number", None, first)
            self._expect("bracket", "]", first)
            if index.text.lstrip("0") != str(len(forms) or ""):
                raise PoError(f"line {index.line}: msgstr[{index.text[:40]}] stands where msgstr[{len(forms)}] is due")
            forms.append(self._strings(first))
        return tuple(forms)

    def _skip_previous(self) -> None:
        """Pass over `#| msgid "…"`: what the original text was before it changed."""
        first = self._next
        if first.previous:
            if self._at("msgctxt"):
                self._keyword_and_strings("msgctxt", first)
            self._keyword_and_strings("msgid", first)
            if self._at("msgid_plural"):
                self._keyword_and_strings("msgid_plural", first)
            if self._next.obsolete != first.obsolete:
                raise PoError(f"line {self._next.line}: only some lines of a message are marked as obsolete")

    def _keyword_and_strings(self, word: str, first: Token) -> bytes:
        self._keyword(word, first)
        return self._strings(first)

    def _keyword(self, word: str, first: Token) -> None:
        if not self._at(word):
            found = self._next.text or "the end of the file"
            known = "" if self._next.kind != "word" or found in KEYWORDS else ", which is no keyword"
            raise PoError(f"line {self._next.line}: {word} is due, and {found[:40]!r} was found{known}")
        self._expect("word", word, first)

    def _strings(self, first: Token) -> bytes:
        parts = [self._string(first)]
        while self._next.kind == "string" and self._next.previous == first.previous:
            parts.append(self._string(first))
        return b"".join(parts)

    def _string(self, first: Token) -> bytes:
        token = self._expect("string", None, first)
        try:
            if not token.text.isascii() and self.charset:
                token.text.encode(self._encoding).decode(self.charset)
            return unescape(token).partition("\0")[0].encode(self._encoding, "surrogateescape")
        except (UnicodeError, LookupError) as fault:
            raise PoError(f"line {token.line}: not in the character set {self.charset!r} of its header: {fault}") from fault

    def _expect(self, kind: str, text: str | None, first: Token) -> Token:
        token = self._next
        if token.kind != kind or (text is not None and token.text != text):
            raise PoError(f"line {token.line}: {text or 'a ' + kind} is due, and {token.text[:40]!r} was found")
        if token.obsolete != first.obsolete or token.previous != first.previous:
            raise PoError(f"line {token.line}: only some lines of a message are marked as obsolete or former")
        return self._take()

    def _learn_charset(self, header: bytes) -> None:
        found = re.search(rb"charset=([^ \t\n]+)", header)
        if found:
            name = found[1].decode("latin-1")
            try:
                check_charset(name)
            except HeaderError as fault:
                raise PoError(str(fault)) from fault
            self.charset = name

    @property
    def has_quotes_inside_characters(self) -> bool:
        """Whether the file has to be read by characters, as its header says, and not by bytes."""
        return self.charset.lower() in _QUOTES_INSIDE_CHARACTERS

    def _at(self, word: str) -> bool:
        return self._next.kind == "word" and self._next.text == word

    def _take(self) -> Token:
        token = self._next
        self._next = next(self._tokens)
        return token


def _says_fuzzy(comment: str) -> bool:
    return comment[1:2] in (",", "!") and "fuzzy" in _FLAGS.split(comment[2:])
