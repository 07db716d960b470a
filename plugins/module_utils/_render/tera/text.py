# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unicode as Rust's standard library and Tera's regular expressions see it, where Python's `str` differs."""

from __future__ import annotations

import re
import unicodedata

WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""The property White_Space. Python's `strip()` also takes U+001C to U+001F."""
_WHITE_RUN = re.compile(f"[{WHITE}]+")
_WORDS = re.compile(r"\b[w'][w']*\b")
_ATTACHES = frozenset({"Mn", "Me"})
_UNSURE = frozenset({"Mc", "Cf", "Cn", "Co", "Cs"})
_UNSURE_RANGES = re.compile("[\u0e33\u0eb3\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")


class Unsure(ValueError):
    """Text whose user-perceived characters cannot be told without Unicode's segmentation tables."""


def trim(text: str) -> str:
    """Without white space at both ends."""
    return text.strip(WHITE)


def trim_start(text: str) -> str:
    """Without white space at the start."""
    return text.lstrip(WHITE)


def trim_end(text: str) -> str:
    """Without white space at the end."""
    return text.rstrip(WHITE)


def count_words(text: str) -> int:
    """Pieces between white space."""
    return len([piece for piece in _WHITE_RUN.split(text) if piece])


def lines(text: str) -> list[str]:
    """Lines without their `\\n` or `\\r\\n`; an empty last line does not count."""
    pieces = text.split("\n")
    last = pieces.pop()
    found = [piece.removesuffix("\r") for piece in pieces]
    return [*found, last] if last else found


def graphemes(text: str) -> list[str]:
    """What a person calls characters: combining marks stay with their letter, `\\r\\n` is one. Raises Unsure for emoji sequences, Hangul
    letters, flags and scripts with joining vowels."""
    if text.isascii() and "\r\n" not in text:
        return list(text)
    if _UNSURE_RANGES.search(text):
        raise Unsure
    found: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if category in _UNSURE or char in _VIRAMAS:
            raise Unsure
        if found and ((category in _ATTACHES and unicodedata.category(found[-1][-1]) != "Cc") or (char == "\n" and found[-1] == "\r")):
            found[-1] += char
        else:
            found.append(char)
    return found


def is_word(char: str) -> bool:
    """`\\w` of Rust's regular expressions: letters, marks, decimal digits, connectors and joiners."""
    if char.isascii():
        return char.isalnum() or char == "_"
    category = unicodedata.category(char)
    if category == "So":
        return "\u24b6" <= char <= "\u24e9" or "\U0001f130" <= char <= "\U0001f149" or "\U0001f150" <= char <= "\U0001f169"
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc") or char in "\u200c\u200d"


def title(text: str) -> str:
    """Every word with a capital first and small letters after; an apostrophe belongs to the word."""
    shadow = "".join("'" if char == "'" else "w" if is_word(char) else " " for char in text)
    pieces: list[str] = []
    end = 0
    for word in _WORDS.finditer(shadow):
        first, rest = text[word.start()], text[word.start() + 1 : word.end()]
        pieces += (text[end : word.start()], first.upper(), rest.lower())
        end = word.end()
    return "".join(pieces) + text[end:]


def slug(text: str) -> str | None:
    """Small ASCII letters and digits joined by `-`; None for letters that have no ASCII base (their romanisation is not known here)."""
    plain: list[str] = []
    for char in text:
        base = char if char.isascii() else _base(char)
        if base is None:
            return None
        plain.append(base)
    return re.sub("[^a-z0-9]+", "-", "".join(plain).lower()).strip("-")


_SEPARATORS = re.compile("[\u00a0\u00a1\u00a6\u00ab\u00b7\u00bb\u00bf\u2000-\u200b\u2010-\u2027]")
_LATIN = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "đ": "d",
    "Đ": "D",
    "ł": "l",
    "Ł": "L",
    "œ": "oe",
    "Œ": "OE",
    "þ": "th",
    "Þ": "TH",
    "ð": "d",
    "Ð": "D",
}


def _base(char: str) -> str | None:
    if char in _LATIN:
        return _LATIN[char]
    if _SEPARATORS.match(char):
        return "-"
    if not "\u00c0" <= char <= "\u017f":
        return None
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() and base.isalpha() else None
