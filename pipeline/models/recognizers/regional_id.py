"""Identity numbers of Hong Kong, Macau and Taiwan."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import bare
from pipeline.models.recognizers.labels import context

TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # in the order of their values, from 10


class HkId(PatternRecognizer):
    """One or two letters, six digits and a check digit in brackets."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="HK_ID",
            patterns=[Pattern("bracketed", r"(?<![0-9A-Za-z])[A-Z]{1,2}\d{6}[ ]?\([0-9A]\)", 0.3)],
            context=context("HK_ID"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True with a right check digit, else none."""
        number = bare(pattern_text).rjust(9)
        values = [36 if c == " " else int(c, 36) for c in number[:8]]
        total = sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True)) + int(number[8], 11)
        return True if total % 11 == 0 else None


class MacauId(PatternRecognizer):
    """Seven digits and one in brackets, first 1, 5 or 7; context decides."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="MACAU_ID",
            patterns=[Pattern("bracketed", r"(?<![0-9A-Za-z]|[0-9][./-])[157](?:\d{6}|/\d{6}/)\(?\d\)", 0.1)],
            context=context("MACAU_ID"),
            supported_language="zh",
        )


class TwId(PatternRecognizer):
    """A letter and nine digits; a right check digit helps, context decides."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="TW_ID",
            patterns=[Pattern("national", r"(?<![0-9A-Za-z])[A-Z][1289]\d{8}(?![0-9A-Za-z])", 0.1)],
            context=context("TW_ID"),
            supported_language="zh",
        )

    def score(self, pattern_text: str, score: float) -> float:
        """Higher with a right check digit."""
        value = TW_LETTERS.find(pattern_text[0].upper()) + 10
        digits = [value // 10, value % 10, *map(int, pattern_text[1:])]
        total = sum(d * w for d, w in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True))
        return score + 0.2 if total % 10 == 0 else score
