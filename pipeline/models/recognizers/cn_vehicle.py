"""Vehicle identification and engine numbers."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import bare, vin
from pipeline.models.recognizers.labels import END, behind, context, labels


class CnVin(PatternRecognizer):
    """Seventeen characters without I, O, Q; the check digit alone is too weak, so context decides."""

    is_scanned_apart = True

    def __init__(self) -> None:
        super().__init__(
            supported_entity="VEHICLE_VIN",
            patterns=[Pattern("vin", r"(?<![0-9A-Za-z-])[A-HJ-NPR-Z0-9]{13}\d{4}(?![0-9A-Za-z-])", 0.1)],
            context=context("VEHICLE_VIN"),
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it has no letters or no digits before its last five characters."""
        head = pattern_text[:12]
        return head.isdigit() or head.isalpha()

    def score(self, pattern_text: str, score: float) -> float:
        """Higher with a right check digit: a context word then makes it certain."""
        return score + 0.2 if vin(bare(pattern_text)) else score


class CnEngineNumber(PatternRecognizer):
    """Six to fourteen letters and digits after a label."""

    labels = labels("ENGINE_NUMBER")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="ENGINE_NUMBER",
            patterns=[behind(self.labels, rf"[A-Za-z0-9][A-Za-z0-9-]{{4,16}}[A-Za-z0-9]{END}")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds fewer than three digits."""
        return sum(c.isdigit() for c in pattern_text) < 3
