"""Dates of birth, in Chinese and English: a date is a birth date only with its label."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import behind, context, labels

YEAR = r"(?:19|20)\d{2}"
HAN_DIGIT, HAN_NUMBER = "[〇○零一二三四五六七八九]", "[一二三四五六七八九十廿]{1,3}"
DAY, MONTH_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])"
HAN_YEAR = rf"(?:{YEAR}|(?<!\d)\d{{2}}|[一二]{HAN_DIGIT}{{3}})[ ]?年"
CHINESE = rf"{HAN_YEAR}[ ]?(?:{MONTH_NUMBER}|{HAN_NUMBER})[ ]?月(?:[ ]?(?:{DAY}|{HAN_NUMBER})[ ]?[日号])?"
YEAR_FIRST = rf"{YEAR}[-/. ]?{MONTH_NUMBER}[-/. ]?{DAY}"
YEAR_LAST = rf"{DAY}[-/.]{DAY}[-/.](?:{YEAR}|\d{{2}})"
NUMERIC = rf"(?:{YEAR_FIRST}|{YEAR_LAST})(?!\d)"
YEAR_MONTH = rf"{YEAR}[-/.]{MONTH_NUMBER}(?![-/.]?\d)"
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.?"
ENGLISH = (
    rf"(?:{MONTH}[ ]+\d{{1,2}}(?:st|nd|rd|th)?,?[ ]+{YEAR}|\d{{1,2}}(?:st|nd|rd|th)?[ ]+(?:of[ ]+)?{MONTH},?[ ]+{YEAR})"
)


class BirthDate(PatternRecognizer):
    """A date right after a word for birth."""

    labels = labels("BIRTH_DATE")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="BIRTH_DATE",
            patterns=[behind(self.labels, rf"(?:{CHINESE}|{ENGLISH}|{NUMERIC}|{YEAR_MONTH})")],
            supported_language="zh",
        )


class BirthDateBefore(PatternRecognizer):
    """A date right before 出生 and the like: less certain, as encyclopedias write so."""

    labels = ("出生", "生人", "日生", "号生")

    def __init__(self) -> None:
        shape = rf"(?:{CHINESE}|{NUMERIC})(?=[ ]?(?:出[ ]?生|生[ ]?人|生(?![一-龥])))"
        super().__init__(
            supported_entity="BIRTH_DATE",
            patterns=[Pattern("before", shape, 0.45)],
            context=context("BIRTH_DATE"),
            supported_language="zh",
        )
