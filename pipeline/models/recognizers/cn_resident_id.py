"""Resident identity numbers of mainland China (GB 11643)."""

from datetime import date

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


class CnResidentId(PatternRecognizer):
    """Eighteen digits with a plausible province and birth date; the check digit decides the score, not the finding."""

    def __init__(self) -> None:
        number = r"(?<![0-9A-Za-z])\d{6}[ -]?(?:18|19|20)\d{2}[01]\d[0-3]\d[ -]?\d{3}[\dXx](?![0-9A-Za-z])"
        super().__init__(
            supported_entity="CN_RESIDENT_ID",
            patterns=[Pattern("resident id", number, 0.3)],
            context=[
                "身份证",
                "身份号码",
                "公民身份",
                "证件号",
                "居住证",
                "identity",
                "resident id",
                "id card",
                "id number",
            ],
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True when the check digit is right; none when it is not, so that context decides."""
        digits = _bare(pattern_text)
        return True if digits[-1] == check_digit(digits) else None

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether province or birth date are impossible."""
        digits = _bare(pattern_text)
        if digits[:2] not in PROVINCES:
            return True
        try:
            date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
        except ValueError:
            return True
        return False


def check_digit(digits: str) -> str:
    """The ISO 7064 MOD 11-2 check character of the first seventeen digits."""
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=False)) % 11]


def _bare(text: str) -> str:
    return text.replace(" ", "").replace("-", "").upper()
