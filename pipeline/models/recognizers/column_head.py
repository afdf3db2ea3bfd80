"""Heads of columns: words after which values stand, between what separates cells."""

import re
from functools import cache

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.rules.personal import words

CHINESE_KIND = "(?:号码|号|编号|编码|账号)?[0-9]?"
LATIN_KIND = "[ _]?(?:number|no|id)?[0-9]?"
WORD = r"(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=[A-Z])))"
"""Where a Latin word begins, as Phone in customerPhone."""
CLOSING = "[\"'`*”]{0,3}"

OTHERWISE = {"token", "secret"}
"""What heads columns of parsers and of options, too."""


class ColumnHead(PatternRecognizer):
    """A label at the end of a cell, or the begin of a vCard; whether it heads a column, its surroundings tell."""

    def __init__(self) -> None:
        cells = [f"{ending}{_parted(ending)}" for ending in endings()]
        super().__init__(
            supported_entity="COLUMN_HEAD",
            patterns=[Pattern("head", one, 1.0) for one in [*cells, "BEGIN:VCARD"]],  # apart: the scanner is faster so
            supported_language="zh",
        )


@cache
def endings() -> tuple[str, ...]:
    """Expressions of what a head ends with: a label, or a word near a type that has none."""
    found = {word for of in words().values() if not of.entity.endswith("_DETAIL") for word in of.labels or of.context}
    return tuple(_spelled(word) + CLOSING for word in sorted(found - OTHERWISE))


def _spelled(word: str) -> str:
    if not word[-1].isascii():
        return re.escape(word) + CHINESE_KIND
    return WORD + re.escape(word).replace(r"\ ", "[ _-]?") + LATIN_KIND


def _parted(ending: str) -> str:
    """What parts a head from the next; one space does not between words in Latin letters."""
    return r"(?:[ ]?[\t,;|()\r\n]|[ ][ 一-龥])" if ending.startswith(WORD) else r"[ \t,;|()\r\n]"
