"""Resident identity numbers of mainland China (GB 11643), residence permits of Hong Kong, Macau and Taiwan people."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import PROVINCES, bare, is_date, resident
from pipeline.models.recognizers.labels import END, behind, context, labels


class CnResidentId(PatternRecognizer):
    """Eighteen digits with a plausible province and birth date; the check digit decides the score, not the finding."""

    def __init__(self) -> None:
        glue = r"[ -]?"
        old = rf"\d{{6}}{glue}\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){glue}\d{{3}}"
        super().__init__(
            supported_entity="CN_RESIDENT_ID",
            patterns=[
                Pattern("eighteen", rf"(?<![0-9A-Za-z]|[0-9][.-])\d(?:{glue}\d){{16}}{glue}[\dXx]{END}", 0.3),
                Pattern("fifteen", rf"(?<![0-9A-Za-z]|[0-9][.-]){old}{END}", 0.05),
            ],
            context=context("CN_RESIDENT_ID"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True when the check digit is right; none when it is not or there is none, so that context decides."""
        digits = bare(pattern_text)
        return True if len(digits) == 18 and digits[-1] == resident(digits) else None

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether province or birth date are impossible."""
        digits = bare(pattern_text)
        birth = digits[6:14] if len(digits) == 18 else f"19{digits[6:12]}"
        return digits[:2] not in PROVINCES or not is_date(birth)


class CnResidentIdLabelled(PatternRecognizer):
    """Fifteen or eighteen digits right after their label, with whatever province, date and check digit."""

    labels = labels("CN_RESIDENT_ID")

    def __init__(self) -> None:
        number = rf"\d(?:[ -]?[\dOoIl]){{13,16}}[ -]?[\dXxOoIl]{END}"
        super().__init__(
            supported_entity="CN_RESIDENT_ID",
            patterns=[behind(self.labels, number)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it is neither fifteen nor eighteen characters long, or one off (as typed and as scanned)."""
        return len(bare(pattern_text)) not in (15, 17, 18)
