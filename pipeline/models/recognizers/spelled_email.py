"""E-mail addresses that no program is meant to read: name[at]host, name (at) host [dot] com, homoglyphs."""

import regex
from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.pinned import SPLIT

SPELLED = 0.6
LETTER = "[A-Za-z0-9\u0370-\u03ff\u0400-\u04ff]"
NAME = rf"(?<![A-Za-z0-9_.+\u0370-\u03ff\u0400-\u04ff-]){LETTER}(?:[._+-]?{LETTER}){{1,39}}"
AT = r"(?:[ ]?[\[(\{<#*_][ ]?(?:at|a|@|艾特)[ ]?[\])\}>#*_][ ]?|@|﹫)"
DOT = r"(?:[ ]?[\[(\{<][ ]?(?:dot|点|\.)[ ]?[\])\}>][ ]?|[ ](?:DOT|dot)[ ]|[.。])"
HOST = rf"{LETTER}(?:-?{LETTER}){{0,30}}(?:{DOT}{LETTER}(?:-?{LETTER}){{0,30}}){{1,4}}(?![A-Za-z0-9@])"
ALIKE = str.maketrans("аАеЕоОрРсСхХуУкКмМіІѕЅјЈԁтТвВнНοΟαΑνιΙκΚρΡτΤ", "aAeEoOpPcCxXyYkKmMiIsSjJdtTbBhHoOaAviIkKpPtT")
"""Cyrillic and Greek letters that look like Latin ones."""


class SpelledEmail(PatternRecognizer):
    """An address with its @ or its dots in words, or with letters that only look Latin; below a public suffix."""

    labels = (
        *(f"{left}{pad}{word}{pad}{right}" for left, right in ("[]", "()", "{}", "<>") for word in ("at", "@", "艾特")
          for pad in ("", " ")),
        "#at#", "*at*", "_at_", "[a]", "(a)", "@", "﹫",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__(
            supported_entity="EMAIL_ADDRESS",
            patterns=[Pattern("spelled", f"{NAME}(?-i:{AT}){HOST}", SPELLED)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether its host is not below a public suffix, or it is written in the usual way, which Presidio finds."""
        host = regex.split(f"(?-i:{AT})", pattern_text, flags=regex.IGNORECASE)[-1]
        plain = regex.sub(DOT, ".", host, flags=regex.IGNORECASE).translate(ALIKE)
        is_usual = pattern_text.isascii() and "@" in pattern_text and not regex.search(r"[ \[({<]", pattern_text)
        return is_usual or not SPLIT(plain).fqdn
