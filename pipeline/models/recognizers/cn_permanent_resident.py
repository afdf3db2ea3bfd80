"""Foreigners' permanent residence in China: the card of 2023 (eighteen digits, first 9) and the one before."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import bare, is_date, resident
from pipeline.models.recognizers.labels import END, context


class CnPermanentResident(PatternRecognizer):
    """Nine, region, country, birth date, sequence and check digit; the older fifteen characters need context."""

    def __init__(self) -> None:
        start = r"(?<![0-9A-Za-z]|[0-9][.-])"
        super().__init__(
            supported_entity="CN_PERMANENT_RESIDENT",
            patterns=[
                Pattern("eighteen", rf"{start}9\d(?:[ -]?\d){{15}}[ -]?[\dXx]{END}", 0.2),
                Pattern("fifteen", rf"{start}[A-Za-z]{{3}}[ -]?\d{{12}}{END}", 0.1),
            ],
            context=context("CN_PERMANENT_RESIDENT"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True when the check digit is right; none when it is not or there is none."""
        number = bare(pattern_text)
        return True if len(number) == 18 and number[-1] == resident(number) else None

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether the birth date is impossible."""
        number = bare(pattern_text)
        return not is_date(number[6:14] if len(number) == 18 else f"19{number[7:13]}")
