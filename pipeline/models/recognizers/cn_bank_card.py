"""Bank card numbers as issued in mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import bare, luhn
from pipeline.models.recognizers.labels import END, behind, context, labels

GROUPS = (
    rf"(?:\d{{12,15}}|(?:[ -]\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?|[ -]?\d{{2}}[ -]\d{{4}}[ -]?\d{{4}}[ -]?\d{{2,5}}){END}"
)
ISSUED = ("62", "9558", "9559", "60138", "6013", "69075")


class CnBankCard(PatternRecognizer):
    """Sixteen to nineteen digits; certain with a mainland prefix and a right Luhn digit, else context decides."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="CN_BANK_CARD",
            patterns=[Pattern("bank card", rf"(?<![0-9A-Za-z]|[0-9][.-])[3-9]\d{{3}}{GROUPS}", 0.2)],
            context=context("CN_BANK_CARD"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True for a number of a mainland issuer with a right check digit; none for every other."""
        digits = bare(pattern_text)
        return True if digits.startswith(ISSUED) and luhn(digits) else None

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it has too few different digits, or too many digits, to be a card."""
        digits = bare(pattern_text)
        return len(set(digits)) < 4 or not 16 <= len(digits) <= 19


class CnBankCardLabelled(PatternRecognizer):
    """Twelve to twenty-one digits right after their label: cards, passbooks and company accounts."""

    labels = labels("CN_BANK_CARD")

    def __init__(self) -> None:
        number = rf"[\d](?:[ -]?[\dOoIl]){{11,20}}{END}"
        super().__init__(
            supported_entity="CN_BANK_CARD",
            patterns=[behind(self.labels, number)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it has too few different digits."""
        return len({c for c in pattern_text if c.isdigit()}) < 4
