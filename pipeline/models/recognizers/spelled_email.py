"""E-mail addresses that no program is meant to read: name[at]host, name (at) host [dot] com, homoglyphs."""

import regex
from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.pinned import is_public

SPELLED = 0.6
LETTER = "[A-Za-z0-9\u0370-\u03ff\u0400-\u04ff]"
NAME = rf"(?<![A-Za-z0-9_.+\u0370-\u03ff\u0400-\u04ff-]){LETTER}(?:[._+-]?{LETTER}){{1,39}}"
AT = r"(?:[ ]?[\[(\{<#*_][ ]?(?:at|a|@|艾特)[ ]?[\])\}>#*_][ ]?|@|﹫)"
DOT = r"(?:[ ]?[\[(\{<][ ]?(?:dot|点|\.)[ ]?[\])\}>][ ]?|[ ](?:DOT|dot)[ ]|[.。点])"
HOST = rf"{LETTER}(?:-?{LETTER}){{0,30}}(?:{DOT}{LETTER}(?:-?{LETTER}){{0,30}}){{1,4}}(?![A-Za-z0-9@])"
PROVIDERS = (
    rf"(?:(?:vip{DOT})?(?:qq|foxmail|163|126|139|189|263|21cn|sina|sohu|tom|wo|yeah|aliyun|gmail|hotmail|outlook|live|msn|"
    rf"yahoo|icloud|proton(?:mail)?|gmx|yandex){DOT}(?:com|net|cn|me|de|ru)(?:{DOT}(?:cn|hk|tw))?"
    rf"|(?:[a-z0-9-]{{2,20}}{DOT}){{1,2}}(?:edu|gov|ac|org){DOT}cn)(?![A-Za-z0-9-]|\.[A-Za-z0-9])"
)
"""Personal mail and Chinese institutions: before their hosts an @ may be written as what means much else elsewhere."""
NOBODY = r"(?!(?:us|me|here|online|only|now|just|mail|email|e-mail)[ @#])"
SIGN, STOP = regex.compile(f"(?-i:{AT})", regex.IGNORECASE), regex.compile(DOT, regex.IGNORECASE)
BETWEEN = regex.compile(r"[ \[({<]")
ALIKE = str.maketrans("аАеЕоОрРсСхХуУкКмМіІѕЅјЈԁтТвВнНοΟαΑνιΙκΚρΡτΤ", "aAeEoOpPcCxXyYkKmMiIsSjJdtTbBhHoOaAviIkKpPtT")
"""Cyrillic and Greek letters that look like Latin ones."""


class SpelledEmail(PatternRecognizer):
    """An address with its @ or its dots in words, or with letters that only look Latin; below a public suffix."""

    cores = (f"{LETTER}(?-i:{AT}){LETTER}",)
    is_scanned_apart = is_scanned_by_cores = True

    def __init__(self) -> None:
        super().__init__(
            supported_entity="EMAIL_ADDRESS",
            patterns=[Pattern("spelled", f"{NAME}(?-i:{AT}){HOST}", SPELLED)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether its host is not below a public suffix, or it is written in the usual way, which Presidio finds."""
        if pattern_text.isascii() and "@" in pattern_text and not BETWEEN.search(pattern_text):
            return True
        host = SIGN.split(pattern_text)[-1]
        return not is_public(STOP.sub(".", host).translate(ALIKE))


class ProviderEmail(PatternRecognizer):
    """An address at a provider of personal mail, its @ between spaces or written as #, AT, 艾特, or "at" with "dot"."""

    cores = (
        f"(?:[ ]{{1,2}}@[ ]{{0,2}}|@[ ]{{1,2}}){PROVIDERS}",
        f"(?:[ ]?[#＃][ ]?|(?-i:AT)|艾特){PROVIDERS}",
        f"[ ]at[ ]{PROVIDERS.replace(DOT, '[ ](?:dot|点)[ ]')}",
    )
    is_scanned_apart = is_scanned_by_cores = True

    def __init__(self) -> None:
        between, sign, words = self.cores
        super().__init__(
            supported_entity="EMAIL_ADDRESS",
            patterns=[
                Pattern("between spaces", f"{NOBODY}{NAME}{between}", SPELLED),
                Pattern("another sign", f"{NOBODY}{NAME}{sign}", SPELLED),
                Pattern("in words", f"{NAME.replace('[._+-]?', '(?:[._+-]|[ ]dot[ ])?', 1)}{words}", SPELLED),
            ],
            supported_language="zh",
        )
