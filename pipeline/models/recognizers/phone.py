"""Telephone numbers that no region's numbering plan lists, but that people write as such."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import END, behind, labels
from pipeline.models.recognizers.scanned import DIGIT, repaired


class PhoneLabelled(PatternRecognizer):
    """Seven to fifteen digits in groups right after a word for telephone."""

    labels = labels("PHONE_NUMBER")

    def __init__(self) -> None:
        number = (
            rf"(?:\+|00)?\(?\d{{1,5}}\)?(?:[ ./-]{{0,2}}\(?\d{{2,5}}\)?){{1,5}}(?:[ ]?(?:x|ext\.?)[ ]?\d{{1,6}})?{END}"
        )
        misread = rf"\(?\d{DIGIT}{{2}}\)?[ .-]{DIGIT}{{3}}[ .-]?{DIGIT}{{4}}{END}"
        super().__init__(
            supported_entity="PHONE_NUMBER",
            patterns=[behind(self.labels, rf"(?:{number}|{misread})")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it has too few or too many digits, or is a date."""
        digits = sum(c.isdigit() for c in repaired(pattern_text.lower().partition("x")[0]))
        return not 7 <= digits <= 15 or (pattern_text[:2] in ("19", "20") and pattern_text.count("-") == 2)


class PhoneAbroad(PatternRecognizer):
    """A plus sign, a country code and seven digits or more, in groups."""

    labels = tuple(f"+{digit}" for digit in "123456789")

    def __init__(self) -> None:
        number = r"(?<![0-9A-Za-z+])\+[1-9]\d{0,2}[ .-]{1,2}\(?\d{1,4}\)?(?:[ .-]\d{2,5}){2,4}" + END
        super().__init__(
            supported_entity="PHONE_NUMBER", patterns=[Pattern("plus", number, 0.5)], supported_language="zh"
        )
