"""Unified social credit codes (GB 32100): organisations, and sole traders."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class CnUscc(PatternRecognizer):
    """Eighteen characters with a right MOD 31 check character."""

    def __init__(self) -> None:
        shape = r"(?<![0-9A-Za-z])[1-9AN][1-9]\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])"
        super().__init__(supported_entity="CN_USCC", patterns=[Pattern("code", shape, 0.5)], supported_language="zh")

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the check character is right."""
        values = [ALPHABET.find(c) for c in pattern_text.upper()]
        total = sum(v * 3**i % 31 * 1 for i, v in enumerate(values[:17]))
        return min(values) >= 0 and values[17] == (31 - total % 31) % 31
